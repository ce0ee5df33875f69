# Nothing here knows of the emulator: the region and the instance are all that ties it to a place. Keys and endpoint
# come from the environment, as they would with the real service.

terraform {
  required_version = ">= 1.3"

  required_providers {
    smartag = {
      source = "smartag/smartag"
    }
  }
}

provider "smartag" {
  region = "cn-shanghai"
}

module "staff" {
  source = "../modules/client_users"

  sag_id    = var.sag_id
  users     = var.users
  passwords = var.passwords
}

# Whoever is suspended is also disconnected. A name that is added is kicked; the others are left alone.
resource "smartag_kick_clients" "suspended" {
  count = length(module.staff.suspended) > 0 ? 1 : 0

  sag_id     = var.sag_id
  user_names = module.staff.suspended
}
