output "ids" {
  description = "Ids of the accounts (sag_id:user_name), by user name."
  value       = { for name, user in smartag_client_user.this : name => user.id }
}

output "suspended" {
  description = "Names of the accounts that are suspended, once they are."
  value       = toset([for name, user in var.users : name if user.enabled == false])

  # The names are known while planning; who uses them, say to kick these users, still waits until nobody gets in again.
  depends_on = [smartag_client_user.this]
}
