# alice.w
output "user_name" {
  value = provider::smartag::parse_client_user_id("sag-abc123:alice.w").user_name
}
