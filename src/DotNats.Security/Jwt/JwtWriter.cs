using System.Buffers;
using System.Buffers.Text;
using System.Text;
using System.Text.Json;
using DotNats.Primitives;
using Org.BouncyCastle.Crypto.Digests;

namespace DotNats.Security;

/// <summary>Signs claims into JWTs of version 2, byte for byte as nats-server's library writes the same claims.</summary>
public static class JwtWriter
{
    private const int HashBits = 256;

    private static readonly JsonWriterOptions JsonOptions = new() { Encoder = GoJsonEncoder.Instance };

    /// <summary>The JWT; issuer, id and version are set here, all else (the time of issue too) is taken from the claims.</summary>
    /// <exception cref="ArgumentException">The signer is no kind of key that may sign such claims, or the subject no key they can be about.</exception>
    public static string Write(JwtClaims claims, NKey signer)
    {
        if (!JwtParts.MaySign(signer.Kind, claims.Kind))
            throw new ArgumentException($"A key of kind {signer.Kind} signs no claims of kind {claims.Kind}.", nameof(signer));
        if (!IsSubject(claims))
            throw new ArgumentException($"\"{claims.Subject}\" cannot be the subject of claims of kind {claims.Kind}.", nameof(claims));
        JwtClaims issued = claims with { Issuer = signer.PublicKey, Id = "" };
        issued = issued with { Id = IdOf(issued) };
        string signed = $"{Encode("""{"typ":"JWT","alg":"ed25519-nkey"}"""u8)}.{Encode(ToJson(issued))}";
        return $"{signed}.{Encode(signer.Sign(Encoding.ASCII.GetBytes(signed)))}";
    }

    /// <summary>The JSON between the dots, as the claims are.</summary>
    public static ReadOnlySpan<byte> ToJson(JwtClaims claims)
    {
        ArrayBufferWriter<byte> buffer = new(1024);
        using (Utf8JsonWriter json = new(buffer, JsonOptions))
        {
            json.WriteStartObject();
            WriteStandard(json, claims);
            ClaimsWriter.WriteNats(json, claims);
            json.WriteEndObject();
        }

        return buffer.WrittenSpan;
    }

    /// <summary>Base32 of SHA-512/256 of the standard claims as they are without an id.</summary>
    internal static string IdOf(JwtClaims claims)
    {
        ArrayBufferWriter<byte> buffer = new(256);
        using (Utf8JsonWriter json = new(buffer, JsonOptions))
        {
            json.WriteStartObject();
            WriteStandard(json, claims);
            json.WriteEndObject();
        }

        Sha512tDigest digest = new(HashBits);
        digest.BlockUpdate(buffer.WrittenSpan);
        byte[] hash = new byte[digest.GetDigestSize()];
        digest.DoFinal(hash, 0);
        return Base32.Encode(hash);
    }

    private static void WriteStandard(Utf8JsonWriter json, JwtClaims claims)
    {
        json.TextUnlessEmpty("aud"u8, claims.Audience);
        json.NumberUnlessZero("exp"u8, claims.ExpiresAtSeconds);
        json.TextUnlessEmpty("jti"u8, claims.Id);
        json.NumberUnlessZero("iat"u8, claims.IssuedAtSeconds);
        json.TextUnlessEmpty("iss"u8, claims.Issuer);
        json.TextUnlessEmpty("name"u8, claims.Name);
        json.NumberUnlessZero("nbf"u8, claims.NotBeforeSeconds);
        json.TextUnlessEmpty("sub"u8, claims.Subject);
    }

    private static bool IsSubject(JwtClaims claims) => claims.Kind switch
    {
        JwtClaimsKind.Operator => NKey.IsPublicKey(claims.Subject, NKeyKind.Operator),
        JwtClaimsKind.Account or JwtClaimsKind.Activation => NKey.IsPublicKey(claims.Subject, NKeyKind.Account),
        JwtClaimsKind.User => NKey.IsPublicKey(claims.Subject, NKeyKind.User),
        _ => claims.Subject.Length > 0,
    };

    private static string Encode(ReadOnlySpan<byte> part) => Base64Url.EncodeToString(part);
}
