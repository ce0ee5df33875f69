# Ends the sessions of both when it is created, and of those who are added later.
resource "smartag_kick_clients" "suspended" {
  sag_id     = "sag-abc123"
  user_names = ["alice.w", "bob@example.com"]

  # Another value kicks them all again.
  triggers = {
    reason = "gateway moved"
  }
}
