variable "sag_id" {
  description = "Software instance that the accounts belong to."
  type        = string

  validation {
    condition     = startswith(var.sag_id, "sag-")
    error_message = "The id of an instance begins with \"sag-\"."
  }
}

variable "region" {
  description = "Region of the instance. Null takes the region of the provider."
  type        = string
  default     = null
}

variable "users" {
  description = <<-EOT
    The accounts, by user name:
    - user_mail: the address to which the service sends the login details.
    - bandwidth: highest rate in Kbit/s, 1 to 20000.
    - client_ip: a static private IPv4 address. Null gives another address with each connection.
    - enabled: false suspends, true lets in. Null leaves it as the service has it, so to let somebody in again, write
      true rather than remove false.
  EOT
  type = map(object({
    user_mail = string
    bandwidth = optional(number, 2000)
    client_ip = optional(string)
    enabled   = optional(bool)
  }))

  validation {
    condition     = alltrue([for name in keys(var.users) : can(regex("^[0-9A-Za-z][0-9A-Za-z_@.-]{6,32}$", name))])
    error_message = "A user name has 7 to 33 letters, digits, \"_\", \"@\", \".\" or \"-\", first a letter or digit."
  }

  validation {
    condition     = alltrue([for user in values(var.users) : can(regex("^[^@ ]+@[^@ ]+$", user.user_mail))])
    error_message = "Every user_mail is a mail address."
  }

  validation {
    condition = alltrue([
      for user in values(var.users) :
      user.bandwidth >= 1 && user.bandwidth <= 20000 && floor(user.bandwidth) == user.bandwidth
    ])
    error_message = "Every bandwidth is a whole number of Kbit/s, 1 to 20000."
  }
}

variable "passwords" {
  description = <<-EOT
    Passwords by user name. An account needs one to be created. One that exists keeps the password it has unless it is
    written here. Passwords are stored in the state.
  EOT
  type        = map(string)
  default     = {}
  sensitive   = true

  validation {
    condition = alltrue([
      for password in values(var.passwords) : can(regex("^[0-9A-Za-z][0-9A-Za-z_@-]{7,31}$", password))
    ])
    error_message = "A password has 8 to 32 letters, digits, \"_\", \"@\" or \"-\", first a letter or digit."
  }
}
