namespace DotNats.App.CommandLine;

/// <summary>What <c>--help_tls</c> prints: how TLS is configured, and the names cipher suites and curves go by.</summary>
internal static class TlsHelpText
{
    public const string Usage = """

        TLS is configured in a tls block, at the top of the configuration file for clients:

            tls {
                cert_file:      "./server-cert.pem"
                key_file:       "./server-key.pem"

                # Clients must show a certificate that one of these authorities signed
                ca_file:        "./ca.pem"
                verify:         true

                # The certificate also says which user the client is
                verify_and_map: true

                # Seconds a handshake may take
                timeout:        2

                # "1.2" or "1.3"
                min_version:    "1.2"

                # Start TLS before the server says anything: true, false, "auto" or a time to wait
                handshake_first: false

                # SHA-256 of the public keys (DER SubjectPublicKeyInfo) that are accepted, in hex
                pinned_certs:   []

                # Several certificates, chosen by the name the client asks for, in place of cert_file and key_file
                certs: [
                    { cert_file: "./a.pem", key_file: "./a-key.pem" }
                    { cert_file: "./b.pem", key_file: "./b-key.pem" }
                ]

                cipher_suites: [
                    "TLS_AES_128_GCM_SHA256"
                    "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256"
                ]
                curve_preferences: [
                    "X25519"
                    "CurveP256"
                ]
            }

        Available cipher suites include:
            TLS_AES_128_GCM_SHA256
            TLS_AES_256_GCM_SHA384
            TLS_CHACHA20_POLY1305_SHA256
            TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA
            TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256
            TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256
            TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA
            TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384
            TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256
            TLS_ECDHE_ECDSA_WITH_RC4_128_SHA
            TLS_ECDHE_RSA_WITH_3DES_EDE_CBC_SHA
            TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA
            TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256
            TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256
            TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA
            TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384
            TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256
            TLS_ECDHE_RSA_WITH_RC4_128_SHA
            TLS_RSA_WITH_3DES_EDE_CBC_SHA
            TLS_RSA_WITH_AES_128_CBC_SHA
            TLS_RSA_WITH_AES_128_CBC_SHA256
            TLS_RSA_WITH_AES_128_GCM_SHA256
            TLS_RSA_WITH_AES_256_CBC_SHA
            TLS_RSA_WITH_AES_256_GCM_SHA384
            TLS_RSA_WITH_RC4_128_SHA

        Available curve preferences include:
            CurveP256
            CurveP384
            CurveP521
            SecP256r1MLKEM768
            SecP384r1MLKEM1024
            X25519
            X25519MLKEM768


        """;
}
