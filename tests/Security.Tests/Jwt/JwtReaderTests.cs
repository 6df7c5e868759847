using System.Text;
using DotNats.Security;
using Shouldly;
using Xunit;

namespace Security.Tests.Jwt;

/// <summary>What the official packages write is read, field by field.</summary>
public sealed class JwtReaderTests
{
    [Fact]
    public void Every_token_of_the_official_package_is_read_by_its_kind()
    {
        foreach (string name in JwtVectors.Names)
        {
            JwtReader.TryRead(JwtVectors.Token(name), out JwtClaims? claims, out JwtError error).ShouldBeTrue($"{name}: {error}");
            claims!.Kind.ToString().ToLowerInvariant().ShouldStartWith(name[..4] == "resp" ? "authorizationresponse" : name[..4].ToLowerInvariant());
            claims.Version.ShouldBe(name.EndsWith("V1", StringComparison.Ordinal) ? 1 : 2);
            claims.IssuedAtSeconds.ShouldBe(JwtVectors.Issued);
            claims.Id.ShouldNotBeEmpty();
        }
    }

    [Fact]
    public void An_operator_says_who_may_sign_accounts()
    {
        JwtReader.TryReadOperator(JwtVectors.Token("operator"), out OperatorClaims? claims, out _).ShouldBeTrue();
        claims!.Subject.ShouldBe(JwtVectors.Public("operator"));
        claims.IsSelfSigned.ShouldBeTrue();
        claims.Name.ShouldBe("O");
        claims.Audience.ShouldBe("NATS");
        claims.SigningKeys.ShouldBe([JwtVectors.Public("operatorSigner")]);
        claims.StrictSigningKeyUsage.ShouldBeTrue();
        claims.SystemAccount.ShouldBe(JwtVectors.Public("exporter"));
        claims.AccountServerUrl.ShouldBe("nats://localhost:4222");
        claims.OperatorServiceUrls.ShouldBe(["nats://localhost:4222"]);
        claims.AssertServerVersion.ShouldBe("2.10.0");
        claims.Tags.ShouldBe(["x"]);
    }

    [Fact]
    public void An_account_has_limits_tiers_signers_and_revocations()
    {
        AccountClaims claims = Account("account");
        claims.ExpiresAtSeconds.ShouldBe(JwtVectors.Expires);
        claims.NotBeforeSeconds.ShouldBe(5);
        claims.Issuer.ShouldBe(JwtVectors.Public("operatorSigner"));
        claims.Description.ShouldBe("text with <html> & more");
        claims.InfoUrl.ShouldBe("https://example.org/a");
        AccountLimitsClaim limits = claims.Limits;
        (limits.Subscriptions, limits.DataBytes, limits.PayloadBytes, limits.Imports, limits.Exports).ShouldBe((10, -1, 1024, 5, 6));
        (limits.WildcardExports, limits.DisallowBearer, limits.Connections, limits.LeafNodes).ShouldBe((true, true, 7, 8));
        limits.IsJetStreamEnabled.ShouldBeTrue();
        limits.JetStreamTiers["R1"].ShouldBe(new JetStreamLimitsClaim { MemoryBytes = 1, DiskBytes = 2, Streams = 3, Consumers = 4, MaxBytesRequired = true });
        limits.JetStreamTiers["R3"].DiskBytes.ShouldBe(-1);
        claims.SigningKeys.Keys.ShouldBe([JwtVectors.Public("accountSigner"), JwtVectors.Public("scopedSigner")], ignoreOrder: true);
        claims.SigningKeys[JwtVectors.Public("accountSigner")].ShouldBeNull();
        UserScopeClaim scope = claims.SigningKeys[JwtVectors.Public("scopedSigner")]!;
        scope.Role.ShouldBe("worker");
        scope.Template.Permissions.Publish!.Allow.ShouldBe(["jobs.{{tag(dept)}}.{{name()}}"]);
        (scope.Template.Subscriptions, scope.Template.DataBytes).ShouldBe((9, -1));
        claims.Revocations[JwtVectors.Public("user")].ShouldBe(JwtVectors.Issued + 1);
        claims.DefaultPermissions.Responses!.MaxMessages.ShouldBe(3);
        claims.Authorization.AuthUsers.ShouldBe([JwtVectors.Public("user")]);
        claims.Authorization.AllowedAccounts.ShouldBe(["*"]);
        claims.Authorization.XKey.ShouldBe(JwtVectors.Public("curveA"));
        claims.Tags.ShouldBe(["zone:eu"]);
    }

    [Fact]
    public void An_account_shares_streams_and_services()
    {
        AccountClaims claims = Account("account");
        ImportClaim orders = claims.Imports[0];
        (orders.Kind, orders.Subject, orders.LocalSubject, orders.Account).ShouldBe((SharingKind.Stream, "orders.eu", "in.orders.eu", JwtVectors.Public("exporter")));
        orders.Token.ShouldBe(JwtVectors.Token("activation"));
        (claims.Imports[1].Kind, claims.Imports[1].To, claims.Imports[1].Share).ShouldBe((SharingKind.Service, "their.ask", true));
        ExportClaim time = claims.Exports[0];
        (time.Kind, time.ResponseType, time.ResponseThreshold).ShouldBe((SharingKind.Service, "Chunked", TimeSpan.FromSeconds(2)));
        time.Latency.ShouldBe(new LatencyClaim { Sampling = 50, Results = "lat" });
        ExportClaim feed = claims.Exports[1];
        (feed.Kind, feed.TokenRequired, feed.AccountTokenPosition, feed.Advertise).ShouldBe((SharingKind.Stream, true, 2u, true));
        feed.Revocations["*"].ShouldBe(5);
    }

    [Fact]
    public void Fields_the_package_does_not_know_are_read_too()
    {
        using NKey key = JwtVectors.Key("account");
        string token = RawJwt.Sign(key, $$"""
            {"iss":"{{key.PublicKey}}","sub":"{{key.PublicKey}}","nats":{"type":"account","version":2,
             "mappings":{"a.*":[{"subject":"b.$1","weight":30},{"subject":"c.$1","weight":70,"cluster":"east"}],"x":null},
             "trace":{"dest":"trace.here","sampling":10},"cluster_traffic":"owner",
             "exports":[{"subject":"h","type":"service","service_latency":{"sampling":"Headers","results":"r"},"allow_trace":true}],
             "limits":{"mem_storage":1,"disk_storage":2,"streams":3,"consumer":4,"max_ack_pending":5,"mem_max_stream_bytes":6,"disk_max_stream_bytes":7,"max_bytes_required":true} } }
            """);
        JwtReader.TryReadAccount(token, out AccountClaims? claims, out JwtError error).ShouldBeTrue(error.Text);
        claims!.Mappings["a.*"].ShouldBe([new() { Subject = "b.$1", Weight = 30 }, new() { Subject = "c.$1", Weight = 70, Cluster = "east" }]);
        claims.Mappings["x"].ShouldBeEmpty();
        claims.Trace.ShouldBe(new TraceClaim { Destination = "trace.here", Sampling = 10 });
        claims.ClusterTraffic.ShouldBe("owner");
        claims.Exports[0].Latency.ShouldBe(new LatencyClaim { Sampling = 0, Results = "r" });
        claims.Exports[0].AllowTrace.ShouldBeTrue();
        claims.Limits.JetStream.ShouldBe(new JetStreamLimitsClaim
        {
            MemoryBytes = 1, DiskBytes = 2, Streams = 3, Consumers = 4, MaxAckPending = 5, MemoryMaxStreamBytes = 6, DiskMaxStreamBytes = 7, MaxBytesRequired = true,
        });
    }

    [Fact]
    public void A_user_has_permissions_limits_networks_and_times()
    {
        JwtReader.TryReadUser(JwtVectors.Token("user"), out UserClaims? claims, out _).ShouldBeTrue();
        UserLimitsClaim limits = claims!.Limits;
        limits.Permissions.Publish!.Allow.ShouldBe(["a.>", "b"]);
        limits.Permissions.Publish.Deny.ShouldBe(["a.secret"]);
        limits.Permissions.Subscribe!.Allow.ShouldBe(["_INBOX.>", "q.* workers"]);
        limits.Permissions.Responses.ShouldBe(new ResponsePermission { MaxMessages = 3, Expires = TimeSpan.FromSeconds(5) });
        limits.Sources.ShouldBe(["10.0.0.0/8", "2001:db8::/32"]);
        limits.Times.ShouldBe([new TimeRangeClaim("08:00:00", "17:30:00")]);
        limits.Locale.ShouldBe("Europe/Berlin");
        (limits.Subscriptions, limits.DataBytes, limits.PayloadBytes, limits.BearerToken).ShouldBe((11, 12, 13, true));
        limits.AllowedConnectionTypes.ShouldBe(["STANDARD", "WEBSOCKET"]);
        claims.Tags.ShouldBe(["dept:a", "dept:b"]);
        claims.Account.ShouldBe(JwtVectors.Public("account"));
        limits.IsEmpty.ShouldBeFalse();
    }

    [Fact]
    public void A_user_signed_by_a_signing_key_names_its_account()
    {
        JwtReader.TryReadUser(JwtVectors.Token("userScoped"), out UserClaims? claims, out _).ShouldBeTrue();
        claims!.Issuer.ShouldBe(JwtVectors.Public("scopedSigner"));
        claims.Account.ShouldBe(JwtVectors.Public("account"));
        claims.Limits.IsEmpty.ShouldBeTrue();
        RawUser(""","proxy_required":true""").Limits.ShouldBe(new UserLimitsClaim { ProxyRequired = true });
    }

    [Theory]
    [InlineData(""","src":[]""")]
    [InlineData(""","times":[]""")]
    [InlineData(""","allowed_connection_types":[]""")]
    [InlineData(""","pub":{"allow":[]}""")]
    [InlineData(""","resp":{}""")]
    [InlineData(""","subs":-1""")]
    public void What_is_there_says_something_even_when_it_is_empty(string nats) => RawUser(nats).Limits.IsEmpty.ShouldBeFalse();

    [Theory]
    [InlineData("")]
    [InlineData(""","pub":{},"sub":{},"src":null,"subs":0,"bearer_token":false""")]
    public void What_says_nothing_is_empty(string nats) => RawUser(nats).Limits.IsEmpty.ShouldBeTrue();

    [Fact]
    public void An_activation_names_subject_and_kind()
    {
        JwtReader.TryReadActivation(JwtVectors.Token("activation"), out ActivationClaims? claims, out _).ShouldBeTrue();
        (claims!.ImportSubject, claims.ImportKind, claims.Subject).ShouldBe(("orders.*", SharingKind.Stream, JwtVectors.Public("account")));
    }

    [Fact]
    public void Responses_of_authorization_services_are_read()
    {
        JwtReader.TryReadAuthorizationResponse(Bytes("response"), out AuthorizationResponseClaims? good, out _).ShouldBeTrue();
        (good!.Jwt, good.Error, good.Audience, good.Subject).ShouldBe(("x.y.z", "", JwtVectors.Public("server"), JwtVectors.Public("user")));
        JwtReader.TryReadAuthorizationResponse(Bytes("responseError"), out AuthorizationResponseClaims? bad, out _).ShouldBeTrue();
        (bad!.Error, bad.IssuerAccount).ShouldBe(("no", JwtVectors.Public("account")));
    }

    [Fact]
    public void The_request_of_a_real_server_is_read()
    {
        JwtReader.TryReadAuthorizationRequest(Encoding.UTF8.GetBytes(JwtVectors.Server("plain")), out AuthorizationRequestClaims? claims, out JwtError error)
            .ShouldBeTrue(error.Text);
        claims!.Server.ShouldBe(new AuthorizationServerClaim
        {
            Name = "front<1>&", Host = "127.0.0.1", Id = JwtVectors.Server("plainServer"), Version = "2.15.1", Tags = claims.Server.Tags,
        });
        NKey.IsPublicKey(claims.UserNKey, NKeyKind.User).ShouldBeTrue();
        (claims.Client.User, claims.Client.Kind, claims.Client.Type).ShouldBe(("a&b", "Client", "nats"));
        (claims.Connect.User, claims.Connect.Password, claims.Connect.Name, claims.Connect.Protocol).ShouldBe(("a&b", "p<w>", "café 😀 \u2028", 1));
        claims.ToString().ShouldNotContain("p<w>");
    }

    [Theory]
    [InlineData("generic", "thing")]
    [InlineData("genericV1", "thing")]
    [InlineData("user", "user")]
    [InlineData("accountV1", "account")]
    public void Claims_of_any_type_can_be_read_as_they_are(string name, string type)
    {
        JwtReader.TryReadGeneric(JwtVectors.Token(name), out GenericClaims? claims, out JwtError error).ShouldBeTrue(error.Text);
        claims!.Type.ShouldBe(type);
        claims.Subject.ShouldNotBeEmpty();
    }

    [Fact]
    public void Generic_claims_keep_their_data()
    {
        JwtReader.TryReadGeneric(JwtVectors.Token("generic"), out GenericClaims? claims, out _).ShouldBeTrue();
        claims!.Data.GetProperty("accounts")[0].GetString().ShouldBe(JwtVectors.Public("account"));
    }

    [Fact]
    public void A_good_token_about_something_else_is_refused()
    {
        JwtReader.TryReadUser(JwtVectors.Token("account"), out _, out JwtError user).ShouldBeFalse();
        user.ShouldBe(new JwtError(JwtErrorCode.Kind, "not user claim"));
        JwtReader.TryReadAccount(JwtVectors.Token("user"), out _, out JwtError account).ShouldBeFalse();
        account.ShouldBe(new JwtError(JwtErrorCode.Kind, "not account claim"));
        JwtReader.TryReadAuthorizationResponse(Bytes("user"), out _, out JwtError response).ShouldBeFalse();
        response.Text.ShouldBe("not an authorization request claim");
    }

    private static byte[] Bytes(string name) => Encoding.UTF8.GetBytes(JwtVectors.Token(name));

    private static AccountClaims Account(string name)
    {
        JwtReader.TryReadAccount(JwtVectors.Token(name), out AccountClaims? claims, out JwtError error).ShouldBeTrue(error.Text);
        return claims!;
    }

    private static UserClaims RawUser(string nats)
    {
        using NKey key = JwtVectors.Key("account");
        JwtReader.TryReadUser(RawJwt.User(key, nats), out UserClaims? claims, out JwtError error).ShouldBeTrue(error.Text);
        return claims!;
    }
}
