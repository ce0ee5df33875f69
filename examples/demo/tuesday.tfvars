# Alice gets another address and more bandwidth, Bob is suspended, Carol gets a new password.

users = {
  "alice.w"   = { user_mail = "alice.wang@example.com", bandwidth = 5000 }
  "bob.jones" = { user_mail = "bob@example.com", client_ip = "10.0.0.7", enabled = false }
  "carol.m"   = { user_mail = "carol@example.com", enabled = false }
}

passwords = {
  "alice.w"   = "demo-Only_123"
  "bob.jones" = "demo-Only_456"
  "carol.m"   = "demo-Only_new"
}
