using System.Text.Json;

namespace DotNats.Security;

/// <summary>The member <c>nats</c>. Members stand in the order of nats-server's library, so that equal claims are equal bytes.</summary>
internal static class ClaimsWriter
{
    public static void WriteNats(Utf8JsonWriter json, JwtClaims claims)
    {
        if (claims is GenericClaims generic)
        {
            WriteGeneric(json, generic);
            return;
        }
        json.WriteStartObject("nats"u8);
        switch (claims)
        {
            case OperatorClaims @operator: WriteOperator(json, @operator); break;
            case AccountClaims account: AccountClaimsWriter.Write(json, account); break;
            case UserClaims user: UserClaimsWriter.Write(json, user); break;
            case ActivationClaims activation: WriteActivation(json, activation); break;
            case AuthorizationRequestClaims request: AuthorizationClaimsWriter.WriteRequest(json, request); break;
            case AuthorizationResponseClaims response: AuthorizationClaimsWriter.WriteResponse(json, response); break;
        }

        json.TextsUnlessEmpty("tags"u8, claims.Tags);
        json.WriteString("type"u8, ClaimsReader.TypeOf(claims.Kind));
        json.WriteNumber("version"u8, ClaimsReader.LatestVersion);
        json.WriteEndObject();
    }

    public static void WriteSharing(Utf8JsonWriter json, ReadOnlySpan<byte> name, SharingKind kind)
    {
        if (kind != SharingKind.Unknown)
            json.WriteString(name, kind == SharingKind.Stream ? "stream"u8 : "service"u8);
    }

    private static void WriteOperator(Utf8JsonWriter json, OperatorClaims claims)
    {
        json.TextsUnlessEmpty("signing_keys"u8, claims.SigningKeys);
        json.TextUnlessEmpty("account_server_url"u8, claims.AccountServerUrl);
        json.TextsUnlessEmpty("operator_service_urls"u8, claims.OperatorServiceUrls);
        json.TextUnlessEmpty("system_account"u8, claims.SystemAccount);
        json.TextUnlessEmpty("assert_server_version"u8, claims.AssertServerVersion);
        json.FlagUnlessFalse("strict_signing_key_usage"u8, claims.StrictSigningKeyUsage);
    }

    private static void WriteActivation(Utf8JsonWriter json, ActivationClaims claims)
    {
        json.TextUnlessEmpty("subject"u8, claims.ImportSubject);
        WriteSharing(json, "kind"u8, claims.ImportKind);
        json.TextUnlessEmpty("issuer_account"u8, claims.IssuerAccount);
    }

    // Sorted, as maps are; type and tags of the record count, not those of the data.
    private static void WriteGeneric(Utf8JsonWriter json, GenericClaims claims)
    {
        SortedDictionary<string, JsonElement?> members = new(StringComparer.Ordinal) { ["version"] = null };
        if (claims.Type.Length > 0)
            members["type"] = null;
        if (claims.Tags.Count > 0)
            members["tags"] = null;
        if (claims.Data.ValueKind == JsonValueKind.Object)
        {
            foreach (JsonProperty property in claims.Data.EnumerateObject())
            {
                if (property.Name is not ("version" or "type" or "tags"))
                    members[property.Name] = property.Value;
            }
        }

        json.WriteStartObject("nats"u8);
        foreach ((string name, JsonElement? value) in members)
            WriteMember(json, claims, name, value);
        json.WriteEndObject();
    }

    private static void WriteMember(Utf8JsonWriter json, GenericClaims claims, string name, JsonElement? value)
    {
        if (value is { } given)
        {
            json.WritePropertyName(name);
            given.WriteTo(json);
        }
        else if (name == "version")
        {
            json.WriteNumber("version"u8, ClaimsReader.LatestVersion);
        }
        else if (name == "type")
        {
            json.WriteString("type"u8, claims.Type);
        }
        else
        {
            json.TextsUnlessEmpty("tags"u8, claims.Tags);
        }
    }
}
