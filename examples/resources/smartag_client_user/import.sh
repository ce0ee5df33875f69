# <sag_id>:<user_name>
terraform import smartag_client_user.alice sag-abc123:alice.w

# <region>:<sag_id>:<user_name>, where the instance is not in the provider's region
terraform import smartag_client_user.alice eu-central-1:sag-abc123:alice.w
