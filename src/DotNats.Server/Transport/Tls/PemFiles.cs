using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace DotNats.Server.Transport.Tls;

/// <summary>Reads certificates and keys, and says what is wrong with them in Go's words: users search for those.</summary>
internal static class PemFiles
{
    private const string CertificateLabel = "CERTIFICATE";
    private const string KeySuffix = "PRIVATE KEY";

    /// <summary>The certificate with its key, and the chain that follows it in the file.</summary>
    /// <exception cref="TlsConfigurationException">Not readable, not PEM, or key and certificate do not belong together.</exception>
    public static (X509Certificate2 Leaf, X509Certificate2Collection Chain) LoadPair(TlsCertificateOptions files)
    {
        string certificates = ReadText(files.CertificateFile);
        string key = ReadText(files.KeyFile);
        CheckCertificateInput(certificates);
        var chain = new X509Certificate2Collection();
        try
        {
            chain.ImportFromPem(certificates);
        }
        catch (CryptographicException)
        {
            throw new TlsConfigurationException("x509: malformed certificate");
        }

        string label = CheckKeyInput(key);
        try
        {
            X509Certificate2 leaf = X509Certificate2.CreateFromPem(certificates, key);
            chain[0].Dispose();
            chain.RemoveAt(0);
            return (Persist(leaf), chain);
        }
        catch (Exception exception) when (exception is CryptographicException or ArgumentException)
        {
            throw new TlsConfigurationException(ExplainKey(key, label));
        }
    }

    /// <summary>The authorities of a <c>ca_file</c>; blocks that are no certificates are passed over.</summary>
    /// <exception cref="TlsConfigurationException">Not readable, or no certificate in it.</exception>
    public static X509Certificate2Collection LoadAuthorities(string path)
    {
        ReadOnlySpan<char> text = ReadText(path);
        var authorities = new X509Certificate2Collection();
        while (PemEncoding.TryFind(text, out PemFields fields))
        {
            if (text[fields.Label].SequenceEqual(CertificateLabel)) AddIfReadable(authorities, Convert.FromBase64String(text[fields.Base64Data].ToString()));
            text = text[fields.Location.End..];
        }

        if (authorities.Count == 0) throw new TlsConfigurationException("failed to parse root ca certificate");
        return authorities;
    }

    private static void AddIfReadable(X509Certificate2Collection authorities, byte[] encoded)
    {
        try
        {
            authorities.Add(X509CertificateLoader.LoadCertificate(encoded));
        }
        catch (CryptographicException)
        {
            // Compat: Go's certificate pools leave out what they cannot read.
        }
    }

    private static string ReadText(string path)
    {
        try
        {
            return File.ReadAllText(path);
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new TlsConfigurationException($"open {path}: no such file or directory");
        }
        catch (UnauthorizedAccessException)
        {
            throw new TlsConfigurationException(Directory.Exists(path) ? $"read {path}: is a directory" : $"open {path}: permission denied");
        }
        catch (IOException exception)
        {
            throw new TlsConfigurationException($"open {path}: {exception.Message}");
        }
    }

    private static void CheckCertificateInput(string text)
    {
        List<string> labels = Labels(text);
        if (labels.Contains(CertificateLabel)) return;
        if (labels.Count == 0) throw new TlsConfigurationException("tls: failed to find any PEM data in certificate input");
        if (labels.Count == 1 && labels[0].EndsWith(KeySuffix, StringComparison.Ordinal))
            throw new TlsConfigurationException("tls: failed to find certificate PEM data in certificate input, but did find a private key; PEM inputs may have been switched");
        throw new TlsConfigurationException($"tls: failed to find \"CERTIFICATE\" PEM block in certificate input after skipping PEM blocks of the following types: [{string.Join(' ', labels)}]");
    }

    private static string CheckKeyInput(string text)
    {
        List<string> labels = Labels(text);
        if (labels.Find(static label => label.EndsWith(KeySuffix, StringComparison.Ordinal)) is { } key) return key;
        if (labels.Count == 0) throw new TlsConfigurationException("tls: failed to find any PEM data in key input");
        if (labels is [CertificateLabel]) throw new TlsConfigurationException("tls: found a certificate rather than a key in the PEM for the private key");
        throw new TlsConfigurationException($"tls: failed to find PEM block with type ending in \"PRIVATE KEY\" in key input after skipping PEM blocks of the following types: [{string.Join(' ', labels)}]");
    }

    // The pair was refused: is it the key that cannot be read, one of another kind, or another one?
    private static string ExplainKey(string text, string label)
    {
        bool isRsa = CanImport(RSA.Create(), text);
        bool isElliptic = CanImport(ECDsa.Create(), text);
        if (!isRsa && !isElliptic) return label == KeySuffix ? "tls: failed to parse private key" : "x509: failed to parse private key";
        return "tls: private key does not match public key";
    }

    private static bool CanImport(AsymmetricAlgorithm algorithm, string text)
    {
        using (algorithm)
        {
            try
            {
                algorithm.ImportFromPem(text);
                return true;
            }
            catch (Exception exception) when (exception is CryptographicException or ArgumentException)
            {
                return false;
            }
        }
    }

    // Windows' TLS takes no key that lives in memory only.
    private static X509Certificate2 Persist(X509Certificate2 certificate)
    {
        if (!OperatingSystem.IsWindows()) return certificate;
        using (certificate) return X509CertificateLoader.LoadPkcs12(certificate.Export(X509ContentType.Pkcs12), null);
    }

    private static List<string> Labels(ReadOnlySpan<char> text)
    {
        var labels = new List<string>();
        while (PemEncoding.TryFind(text, out PemFields fields))
        {
            labels.Add(text[fields.Label].ToString());
            text = text[fields.Location.End..];
        }

        return labels;
    }
}
