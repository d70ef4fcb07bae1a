// Under AddressSanitizer an impossible allocation fails as it does elsewhere, so that tests can see it fail.
extern "C" const char* __asan_default_options();
extern "C" const char* __asan_default_options() { return "allocator_may_return_null=1"; }
