# Three people join. Carol starts next month.

users = {
  "alice.w"   = { user_mail = "alice@example.com", bandwidth = 2000 }
  "bob.jones" = { user_mail = "bob@example.com", client_ip = "10.0.0.7" }
  "carol.m"   = { user_mail = "carol@example.com", enabled = false }
}

passwords = {
  "alice.w"   = "demo-Only_123"
  "bob.jones" = "demo-Only_456"
  "carol.m"   = "demo-Only_789"
}
