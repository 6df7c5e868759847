using System.Buffers.Text;
using System.Text;
using DotNats.Security;

namespace Security.Tests.Jwt;

/// <summary>Signs whatever text it is given, as an attacker with a key of their own can.</summary>
internal static class RawJwt
{
    public const string Header = """{"typ":"JWT","alg":"ed25519-nkey"}""";
    public const string OldHeader = """{"typ":"jwt","alg":"ed25519"}""";

    public static string Sign(NKey signer, string claims, string header = Header, bool claimsOnly = false) =>
        Sign(signer, Encoding.UTF8.GetBytes(claims), header, claimsOnly);

    public static string Sign(NKey signer, byte[] claims, string header = Header, bool claimsOnly = false)
    {
        string head = Base64Url.EncodeToString(Encoding.UTF8.GetBytes(header));
        string body = Base64Url.EncodeToString(claims);
        byte[] signature = signer.Sign(Encoding.ASCII.GetBytes(claimsOnly ? body : $"{head}.{body}"));
        return $"{head}.{body}.{Base64Url.EncodeToString(signature)}";
    }

    /// <summary>User claims with <paramref name="nats"/> inside, issued by the signer itself.</summary>
    public static string User(NKey signer, string nats, string standard = "") =>
        Sign(signer, $$"""{"iss":"{{signer.PublicKey}}"{{standard}},"sub":"U","nats":{"type":"user","version":2{{nats}} } }""");
}
