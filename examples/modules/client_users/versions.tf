terraform {
  required_version = ">= 1.3"

  required_providers {
    smartag = {
      source = "smartag/smartag"
    }
  }
}
