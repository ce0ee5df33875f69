resource "smartag_client_user" "this" {
  for_each = var.users

  sag_id    = var.sag_id
  region    = var.region
  user_name = each.key
  user_mail = each.value.user_mail
  bandwidth = each.value.bandwidth
  client_ip = each.value.client_ip
  enabled   = each.value.enabled
  password  = lookup(var.passwords, each.key, null)
}
