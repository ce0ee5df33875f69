# sag-abc123:alice.w
output "id" {
  value = provider::smartag::client_user_id("sag-abc123", "alice.w")
}
