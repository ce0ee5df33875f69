# Somebody who may have to be gone at once
resource "smartag_client_user" "dave" {
  sag_id    = "sag-abc123"
  user_mail = "dave@example.com"
  bandwidth = 2000

  # With enabled = false, or when this resource is removed, Dave is disconnected too.
  enabled         = true
  kick_on_disable = true
  kick_on_destroy = true

  # The service keeps an account until the end of a month in which it was used. Until then it stays here, suspended.
  destroy_when_in_use = "suspend"

  timeouts {
    delete = "10m"
  }
}
