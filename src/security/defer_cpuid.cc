// Stands before libcrypto's look at the processor (`ld --wrap`, in static builds alone): a static
// libcrypto takes it in the `.init` of every process, and each question is a trap on a virtual
// machine, 60 to 100 us of every start in all. That first call is let go; the next, of
// OPENSSL_init_crypto(), is passed on. Until then libcrypto uses the code that runs on all
// machines.
extern "C" {

void __real_OPENSSL_cpuid_setup();

void __wrap_OPENSSL_cpuid_setup();

[[gnu::used]] void __wrap_OPENSSL_cpuid_setup() {
  static bool started = false;
  if (started) __real_OPENSSL_cpuid_setup();
  started = true;
}

}  // extern "C"
