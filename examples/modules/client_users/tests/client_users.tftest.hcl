# Runs without an account: terraform test, in the folder of the module.

mock_provider "smartag" {
  source = "../../mocks"
}

variables {
  sag_id = "sag-mock0001"
  users = {
    "alice.w" = {
      user_mail = "alice@example.com"
    }
    "bobby.x" = {
      user_mail = "bobby@example.com"
      bandwidth = 5000
      enabled   = false
    }
  }
  passwords = {
    "alice.w" = "mocked-Pass_1"
    "bobby.x" = "mocked-Pass_2"
  }
}

run "one_account_for_each_user" {
  assert {
    condition     = length(smartag_client_user.this) == 2
    error_message = "There must be an account for each user."
  }

  assert {
    condition     = smartag_client_user.this["bobby.x"].enabled == false
    error_message = "Who is suspended must stay so."
  }

  assert {
    condition     = smartag_client_user.this["alice.w"].region == "cn-shanghai"
    error_message = "The mock says the region where the module does not."
  }
}

run "a_rate_out_of_range_is_refused" {
  command = plan

  variables {
    users = {
      "alice.w" = {
        user_mail = "alice@example.com"
        bandwidth = 20001
      }
    }
  }

  expect_failures = [var.users]
}
