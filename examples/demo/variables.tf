variable "sag_id" {
  description = "Software instance of the staff."
  type        = string
  default     = "sag-emulator0001"
}

variable "users" {
  description = "The staff, by user name."
  type = map(object({
    user_mail = string
    bandwidth = optional(number, 2000)
    client_ip = optional(string)
    enabled   = optional(bool)
  }))
}

variable "passwords" {
  description = "Passwords of the staff, by user name."
  type        = map(string)
  sensitive   = true
}
