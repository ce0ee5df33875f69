locals {
  # Gives { sag_id = "sag-abc123", user_name = "alice.w" }. Functions need Terraform 1.8 or OpenTofu 1.7, or later.
  alice = provider::smartag::parse_client_user_id("sag-abc123:alice.w")
}

output "instance_of_alice" {
  value = local.alice.sag_id
}
