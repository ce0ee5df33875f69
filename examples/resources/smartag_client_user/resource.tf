variable "alice_password" {
  type      = string
  sensitive = true
}

resource "smartag_client_user" "alice" {
  sag_id    = "sag-abc123"
  user_name = "alice.w"
  user_mail = "alice@example.com"
  password  = var.alice_password
  bandwidth = 2000
}

# The service names this account bob@example.com and makes up its password.
resource "smartag_client_user" "bob" {
  sag_id    = "sag-abc123"
  user_mail = "bob@example.com"
  bandwidth = 5000
  client_ip = "10.0.0.7"

  # Suspended: the account stays, and nobody can dial in with it.
  enabled = false
}
