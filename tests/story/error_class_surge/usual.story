story    a service that lives with one wrong request in fifty is left alone
alarm    error_class_surge
history  3d   ok 49  failed 1  error invalid_request
calls    00:00  6h   ok 48  failed 2  error invalid_request
expect   nothing else
