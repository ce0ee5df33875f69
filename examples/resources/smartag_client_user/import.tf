import {
  to = smartag_client_user.alice
  id = "sag-abc123:alice.w"
}
