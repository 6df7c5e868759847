using DotNats.Security;
using Shouldly;
using Xunit;

namespace Security.Tests.Jwt;

/// <summary>JWTs of the old form are brought into the new one.</summary>
public sealed class JwtVersion1Tests
{
    [Fact]
    public void An_old_operator_keeps_its_signing_keys()
    {
        JwtReader.TryReadOperator(JwtVectors.Token("operatorV1"), out OperatorClaims? claims, out JwtError error).ShouldBeTrue(error.Text);
        claims!.SigningKeys.ShouldBe([JwtVectors.Public("operatorSigner")]);
        claims.Version.ShouldBe(1);
    }

    [Fact]
    public void An_old_account_has_no_jetstream()
    {
        JwtReader.TryReadAccount(JwtVectors.Token("accountV1"), out AccountClaims? claims, out JwtError error).ShouldBeTrue(error.Text);
        claims!.Limits.ShouldBe(new AccountLimitsClaim
        {
            Subscriptions = 1, Connections = 2, Imports = 3, Exports = 4, WildcardExports = true, LeafNodes = -1, DataBytes = -1, PayloadBytes = -1,
        });
        claims.Limits.IsJetStreamEnabled.ShouldBeFalse();
        claims.SigningKeys.ShouldHaveSingleItem().Value.ShouldBeNull();
        claims.Revocations["*"].ShouldBe(5);
        (claims.Imports.Count, claims.Exports.Count).ShouldBe((2, 2));
    }

    [Fact]
    public void An_old_user_without_limits_has_none()
    {
        JwtReader.TryReadUser(JwtVectors.Token("userV1"), out UserClaims? claims, out JwtError error).ShouldBeTrue(error.Text);
        claims!.Limits.Sources.ShouldBe(["10.0.0.0/8", "192.168.0.0/16"]);
        claims.Limits.BearerToken.ShouldBeTrue();

        using NKey key = JwtVectors.Key("account");
        string bare = RawJwt.Sign(key, $$"""{"iss":"{{key.PublicKey}}","sub":"U","type":"user","tags":["a:b"],"issuer_account":"A","nats":{"max":3} }""", RawJwt.OldHeader, claimsOnly: true);
        JwtReader.TryReadUser(bare, out claims, out error).ShouldBeTrue(error.Text);
        (claims!.Limits.Subscriptions, claims.Limits.DataBytes, claims.Limits.PayloadBytes).ShouldBe((-1, -1, -1));
        claims.Tags.ShouldBe(["a:b"]);
        claims.IssuerAccount.ShouldBe("A");
    }

    [Fact]
    public void An_old_activation_names_its_kind_elsewhere()
    {
        JwtReader.TryReadActivation(JwtVectors.Token("activationV1"), out ActivationClaims? claims, out JwtError error).ShouldBeTrue(error.Text);
        (claims!.ImportSubject, claims.ImportKind).ShouldBe(("ask.>", SharingKind.Service));
    }

    [Fact]
    public void What_the_old_form_did_not_have_is_not_taken_from_it()
    {
        using NKey key = JwtVectors.Key("account");
        string token = RawJwt.Sign(key, $$"""
            {"iss":"{{key.PublicKey}}","sub":"A","type":"account","nats":{"default_permissions":{"pub":{"allow":["x"]} },
             "mappings":{"a":[{"subject":"b"}]},"limits":{"mem_storage":5,"tiered_limits":{"R1":{"mem_storage":5} } } } }
            """, RawJwt.OldHeader, claimsOnly: true);
        JwtReader.TryReadAccount(token, out AccountClaims? claims, out JwtError error).ShouldBeTrue(error.Text);
        claims!.DefaultPermissions.ShouldBe(new PermissionSet());
        claims.Mappings.ShouldBeEmpty();
        claims.Limits.IsJetStreamEnabled.ShouldBeFalse();
    }

    // The claims say how they are signed, so that none can be passed off in the other form.
    [Theory]
    [InlineData(""" "type":"user", """, "", false, false)]
    [InlineData(""" "type":"user", """, "", true, true)]
    [InlineData("", """ "type":"user","version":2 """, true, false)]
    [InlineData("", """ "type":"user","version":2 """, false, true)]
    [InlineData("", """ "type":"user","version":1 """, true, true)]
    public void The_form_of_the_claims_decides_what_is_signed(string standard, string nats, bool claimsOnly, bool good)
    {
        using NKey key = JwtVectors.Key("account");
        foreach (string header in new[] { RawJwt.Header, RawJwt.OldHeader })
        {
            string token = RawJwt.Sign(key, $$"""{"iss":"{{key.PublicKey}}",{{standard}}"sub":"U","nats":{ {{nats}} } }""", header, claimsOnly);
            JwtReader.TryReadUser(token, out _, out JwtError error).ShouldBe(good, error.Text);
            if (!good)
                error.Code.ShouldBe(JwtErrorCode.Signature);
        }
    }
}
