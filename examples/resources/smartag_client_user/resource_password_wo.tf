# A password that stays out of plan and state
variable "carol_password" {
  type      = string
  sensitive = true
  ephemeral = true
}

resource "smartag_client_user" "carol" {
  sag_id    = "sag-abc123"
  user_name = "carol.m"
  user_mail = "carol@example.com"
  bandwidth = 2000

  password_wo = var.carol_password
  # Another number sets the password again.
  password_wo_version = 1
}
