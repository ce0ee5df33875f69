terraform {
  required_providers {
    smartag = {
      source = "smartag/smartag"
    }
  }
}

# The access key comes from ALIBABA_CLOUD_ACCESS_KEY_ID and ALIBABA_CLOUD_ACCESS_KEY_SECRET.
provider "smartag" {
  region = "cn-shanghai"
}
