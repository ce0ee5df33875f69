# Gives "sag-abc123:alice.w". Functions need Terraform 1.8 or OpenTofu 1.7, or later.
output "alice" {
  value = provider::smartag::client_user_id("sag-abc123", "alice.w")
}
