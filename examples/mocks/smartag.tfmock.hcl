# What a mocked smartag provider says where configuration says nothing. Use it in the tests of a module:
#
#   mock_provider "smartag" {
#     source = "path/to/this/folder"
#   }
#
# Without it, Terraform makes up random text and numbers.

mock_resource "smartag_client_user" {
  defaults = {
    id        = "sag-mock0001:mocked.user"
    region    = "cn-shanghai"
    user_name = "mocked.user"
    enabled   = true
  }
}

mock_resource "smartag_kick_clients" {
  defaults = {
    id          = "00000000-0000-4000-8000-000000000000"
    region      = "cn-shanghai"
    kicked_at   = "2026-01-01T00:00:00Z"
    request_ids = {}
  }
}
