using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace DotNats.Configuration;

/// <summary>Checks that the files a TLS section names exist, are what they should be and fit together.</summary>
internal static class TlsFiles
{
    private const string Ed25519Oid = "1.3.101.112";
    private const string RsaOid = "1.2.840.113549.1.1.1";

    /// <summary>What is wrong, in nats-server's words, or null.</summary>
    public static string? Check(TlsOptions tls, IConfigFileSystem files)
    {
        int count = tls.Certificates.Count;
        bool hasStore = tls.CertificateStore is { Store.Length: > 0 };
        for (int i = 0; i < count; i++)
        {
            TlsCertificateOptions pair = tls.Certificates[i];
            if (pair.CertificateFile.Length > 0 && hasStore)
                return "'cert_file' and 'cert_store' may not both be configured";
            if (pair.KeyFile.Length == 0 && pair.CertificateFile.Length == 0)
                continue;
            if (pair.KeyFile.Length == 0)
                return "missing 'key_file' in TLS configuration";
            if (pair.CertificateFile.Length == 0)
                return "missing 'cert_file' in TLS configuration";
            if (CheckPair(pair, files) is { } error)
                return $"error parsing X509 certificate/key pair{(count > 1 ? $" {i + 1}/{count}" : "")}: {error}";
        }
        return tls.CaFile is null ? null : CheckAuthorities(tls.CaFile, files);
    }

    /// <summary>SHA-256 over the contents of all files; null when one cannot be read.</summary>
    public static string? Digest(TlsOptions tls, IConfigFileSystem files)
    {
        IEnumerable<string> paths = tls.Certificates.SelectMany(c => new[] { c.CertificateFile, c.KeyFile }).Append(tls.CaFile ?? "");
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        try
        {
            foreach (string path in paths.Where(p => p.Length > 0))
                hash.AppendData(SHA256.HashData(files.ReadAllBytes(path)));
        }
        catch (IOException)
        {
            return null;
        }
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    private static string? CheckAuthorities(string path, IConfigFileSystem files)
    {
        try
        {
            return ReadPem(files.ReadAllBytes(path)).Any(b => b.Label == "CERTIFICATE" && Certificate(b.Data) is not null)
                ? null
                : "failed to parse root ca certificate";
        }
        catch (IOException e)
        {
            return e.Message;
        }
    }

    private static string? CheckPair(TlsCertificateOptions pair, IConfigFileSystem files)
    {
        try
        {
            List<(string Label, byte[] Data)> certificates = ReadPem(files.ReadAllBytes(pair.CertificateFile));
            List<(string Label, byte[] Data)> keys = ReadPem(files.ReadAllBytes(pair.KeyFile));
            return CheckCertificateLabels(certificates) ?? CheckKeyLabels(keys) ?? CheckMatch(certificates, keys);
        }
        catch (IOException e)
        {
            return e.Message;
        }
    }

    private static string? CheckCertificateLabels(List<(string Label, byte[] Data)> blocks)
    {
        if (blocks.Any(b => b.Label == "CERTIFICATE"))
            return null;
        if (blocks.Count == 0)
            return "tls: failed to find any PEM data in certificate input";
        if (blocks.Count == 1 && IsKeyLabel(blocks[0].Label))
            return "tls: failed to find certificate PEM data in certificate input, but did find a private key; PEM inputs may have been switched";
        return $"tls: failed to find \"CERTIFICATE\" PEM block in certificate input after skipping PEM blocks of the following types: {Labels(blocks)}";
    }

    private static string? CheckKeyLabels(List<(string Label, byte[] Data)> blocks)
    {
        if (blocks.Any(b => IsKeyLabel(b.Label)))
            return null;
        if (blocks.Count == 0)
            return "tls: failed to find any PEM data in key input";
        if (blocks.Count == 1 && blocks[0].Label == "CERTIFICATE")
            return "tls: found a certificate rather than a key in the PEM for the private key";
        return $"tls: failed to find PEM block with type ending in \"PRIVATE KEY\" in key input after skipping PEM blocks of the following types: {Labels(blocks)}";
    }

    private static string? CheckMatch(List<(string Label, byte[] Data)> certificates, List<(string Label, byte[] Data)> keys)
    {
        using X509Certificate2? certificate = Certificate(certificates.First(b => b.Label == "CERTIFICATE").Data);
        if (certificate is null)
            return "x509: malformed certificate";
        string algorithm = certificate.PublicKey.Oid.Value ?? "";
        byte[] der = keys.First(b => IsKeyLabel(b.Label)).Data;
        if (algorithm == Ed25519Oid)
            return null;
        byte[]? rsa = PublicOf(() => RSA.Create(), der, (k, d) => k.ImportRSAPrivateKey(d, out _));
        byte[]? ecdsa = rsa is null ? PublicOf(() => ECDsa.Create(), der, (k, d) => k.ImportECPrivateKey(d, out _)) : null;
        if (rsa is null && ecdsa is null)
            return "tls: failed to parse private key";
        if (rsa is not null != (algorithm == RsaOid))
            return "tls: private key type does not match public key type";
        byte[] wanted = certificate.PublicKey.ExportSubjectPublicKeyInfo();
        return wanted.AsSpan().SequenceEqual(rsa ?? ecdsa!) ? null : "tls: private key does not match public key";
    }

    /// <summary>The public half of a private key, tried as PKCS #8 and in the algorithm's own form; null when it is neither.</summary>
    private static byte[]? PublicOf<T>(Func<T> create, byte[] der, Action<T, byte[]> importOwnForm)
        where T : AsymmetricAlgorithm
    {
        Action<T, byte[]>[] forms = [(key, data) => key.ImportPkcs8PrivateKey(data, out _), importOwnForm];
        foreach (Action<T, byte[]> import in forms)
        {
            using T key = create();
            try
            {
                import(key, der);
                return key.ExportSubjectPublicKeyInfo();
            }
            catch (CryptographicException)
            {
                // Not in this form.
            }
        }
        return null;
    }

    private static X509Certificate2? Certificate(byte[] der)
    {
        try
        {
            return X509CertificateLoader.LoadCertificate(der);
        }
        catch (CryptographicException)
        {
            return null;
        }
    }

    private static List<(string Label, byte[] Data)> ReadPem(byte[] file)
    {
        List<(string Label, byte[] Data)> blocks = [];
        ReadOnlySpan<char> rest = Encoding.Latin1.GetString(file);
        while (PemEncoding.TryFind(rest, out PemFields fields))
        {
            byte[] data = Convert.FromBase64String(rest[fields.Base64Data].ToString());
            blocks.Add((rest[fields.Label].ToString(), data));
            rest = rest[fields.Location.End..];
        }
        return blocks;
    }

    private static bool IsKeyLabel(string label) => label == "PRIVATE KEY" || label.EndsWith(" PRIVATE KEY", StringComparison.Ordinal);

    private static string Labels(List<(string Label, byte[] Data)> blocks) => $"[{string.Join(' ', blocks.Select(b => b.Label))}]";
}
