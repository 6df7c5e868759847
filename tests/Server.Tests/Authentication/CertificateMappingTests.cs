using System.Security.Cryptography.X509Certificates;
using DotNats;
using DotNats.Server.Authentication;
using Shouldly;
using Xunit;

namespace Server.Tests.Authentication;

/// <summary>Which user a certificate maps to. The accepted and refused pairs were recorded from nats-server 2.15.1.</summary>
public class CertificateMappingTests
{
    private static readonly string[] Multi = ["DC=com", "DC=example", "O=Kit", "OU=A", "OU=B", "CN=foo"];
    private static readonly string[] Everything =
        ["C=DE", "ST=BW", "L=KA", "STREET=Weg 1", "POSTALCODE=76131", "O=Kit", "OU=Dev", "CN=all", "SERIALNUMBER=7"];

    [Theory]
    [InlineData("CN=foo,OU=B,OU=A,O=Kit,DC=example,DC=com", true)]
    [InlineData("DC=com,DC=example,O=Kit,OU=A,OU=B,CN=foo", true)]
    [InlineData("CN=foo,OU=A+OU=B,O=Kit", true)]
    [InlineData("CN=foo,OU=A+OU=B,O=Kit,DC=com,DC=example", true)]
    [InlineData("CN=foo,OU=A+OU=B,O=Kit,DC=example,DC=com", false)]
    [InlineData("CN=foo,OU=B+OU=A,O=Kit", false)]
    [InlineData("CN=foo,OU=A,OU=B,O=Kit", false)]
    [InlineData("cn=foo,ou=B,ou=A,o=Kit,dc=example,dc=com", true)]
    [InlineData("CN = foo, OU = B, OU = A, O = Kit, DC = example, DC = com", true)]
    [InlineData("CN=FOO,OU=B,OU=A,O=Kit,DC=example,DC=com", false)]
    [InlineData("CN=foo", false)]
    public void Subject_with_domain_components(string user, bool accepted) => Maps(Multi, user).ShouldBe(accepted);

    [Theory]
    [InlineData("CN=eve,O=Kit", true)]
    [InlineData("O=Kit,CN=eve", false)]
    [InlineData("eve@kit.test", false)]
    [InlineData("emailAddress=eve@kit.test,CN=eve,O=Kit", false)]
    public void A_type_without_a_name_leaves_only_the_text(string user, bool accepted) =>
        Maps(["O=Kit", "CN=eve", "EMAIL=eve@kit.test"], user).ShouldBe(accepted);

    [Theory]
    [InlineData("CN=a\\+b=c#d,O=Kit\\, Inc", true)]
    [InlineData("CN=a\\+b\\=c#d,O=Kit\\, Inc", true)]
    [InlineData("O=Kit\\2C Inc,CN=a\\2bb\\3dc#d", true)]
    [InlineData("CN=a+b=c#d,O=Kit, Inc", false)]
    public void Special_characters_are_escaped(string user, bool accepted) => Maps(["O=Kit, Inc", "CN=a+b=c#d"], user).ShouldBe(accepted);

    [Theory]
    [InlineData("spiffe://kit/x", true)]
    [InlineData("u.kit.test", true)]
    [InlineData("u@kit.test", true)]
    [InlineData("CN=u", true)]
    [InlineData("SPIFFE://kit/x", false)]
    [InlineData("v@kit.test", false)]
    public void Alternative_names_are_users_too(string user, bool accepted) => Maps(["CN=u"], user, UKitTest).ShouldBe(accepted);

    [Theory]
    [InlineData("CN=mv+OU=x,O=Kit", true)]
    [InlineData("OU=x+CN=mv,O=Kit", true)]
    [InlineData("O=Kit,CN=mv+OU=x", true)]
    [InlineData("CN=mv,OU=x,O=Kit", true)]
    public void Parts_of_several_values(string user, bool accepted) => Maps(["O=Kit", "OU=x&CN=mv"], user).ShouldBe(accepted);

    [Theory]
    [InlineData("CN=Zoë,O=Kit", true)]
    [InlineData("O=Kit,CN=Zo\\c3\\ab", true)]
    [InlineData("O=Kit,CN=Zo\\c3", false)]
    public void Text_is_utf8(string user, bool accepted) => Maps(["O=Kit", "CN=Zoë"], user).ShouldBe(accepted);

    [Theory]
    [InlineData("CN=u,UID=123", false)]
    [InlineData("CN=u", true)]
    public void Unknown_types_are_left_out_of_the_text(string user, bool accepted) => Maps(["UID=123", "CN=u"], user).ShouldBe(accepted);

    [Theory]
    [InlineData("CN=two,CN=one", true)]
    [InlineData("CN=one,CN=two", true)]
    [InlineData("CN=two", true)]
    [InlineData("CN=one", false)]
    public void Of_two_common_names_the_text_has_the_last(string user, bool accepted) => Maps(["CN=one", "CN=two"], user).ShouldBe(accepted);

    [Theory]
    [InlineData("CN=d,DC=com,DC=example", true)]
    [InlineData("CN=d,DC=example,DC=com", false)]
    [InlineData("CN=d", true)]
    public void Domain_components_follow_the_text_in_certificate_order(string user, bool accepted) =>
        Maps(["DC=com", "DC=example", "CN=d", "EMAIL=a@b"], user).ShouldBe(accepted);

    [Theory]
    [InlineData("CN=\\ a b\\ ,O=Kit", true)]
    [InlineData("CN=a b,O=Kit", false)]
    public void Outer_blanks_count_when_escaped(string user, bool accepted) => Maps(["O=Kit", "CN= a b "], user).ShouldBe(accepted);

    [Fact]
    public void Text_form_orders_the_types() =>
        Maps([.. Everything, "EMAIL=a@b"], "SERIALNUMBER=7,CN=all,OU=Dev,O=Kit,POSTALCODE=76131,STREET=Weg 1,L=KA,ST=BW,C=DE").ShouldBeTrue();

    [Fact]
    public void The_first_kind_of_name_wins()
    {
        ConfigAuthenticator authenticator = Make("CN=u", "spiffe://kit/x", "u.kit.test", "u@kit.test");
        Login(authenticator, ["CN=u"], UKitTest).Identity!.UserName.ShouldBe("u@kit.test");
        authenticator = Make("CN=u", "spiffe://kit/x", "u.kit.test");
        Login(authenticator, ["CN=u"], UKitTest).Identity!.UserName.ShouldBe("u.kit.test");
        authenticator = Make("CN=u", "spiffe://kit/x");
        Login(authenticator, ["CN=u"], UKitTest).Identity!.UserName.ShouldBe("spiffe://kit/x");
    }

    [Fact]
    public void Same_order_wins_over_another_order()
    {
        ConfigAuthenticator authenticator = Make("O=Kit,CN=bob", "CN=bob,O=Kit");
        Login(authenticator, ["O=Kit", "CN=bob"]).Identity!.UserName.ShouldBe("CN=bob,O=Kit");
    }

    [Fact]
    public void A_user_the_connection_type_may_not_use_is_passed_over()
    {
        ConfigAuthenticator authenticator = new(Options(
            new UserOptions { Username = "u@kit.test", AllowedConnectionTypes = ["WEBSOCKET"] },
            new UserOptions { Username = "CN=u" }));
        Login(authenticator, ["CN=u"], UKitTest).Identity!.UserName.ShouldBe("CN=u");
    }

    [Fact]
    public void No_certificate_no_user()
    {
        AuthenticationResult result = Make("CN=u").Authenticate(new ConnectCredentials { User = "CN=u", Password = "" });
        result.Ok.ShouldBeFalse();
        result.Detail.ShouldBe("User required in cert, no peer certificates found");
    }

    [Fact]
    public void A_certificate_without_names_maps_to_nobody()
    {
        AuthenticationResult result = Login(Make("CN=u"), []);
        result.Ok.ShouldBeFalse();
        result.Detail.ShouldBe("User required in cert, none found");
    }

    [Fact]
    public void An_unknown_name_is_told_to_the_debug_log() =>
        Login(Make("zz"), ["O=Kit", "CN=\"q\""]).Detail.ShouldBe("User in cert [\"CN=\\\\\\\"q\\\\\\\",O=Kit\"], not found");

    // Recorded with users "alice" (password pw) and "bob" (none); no_auth_user counts for nothing when certificates are mapped.
    [Theory]
    [InlineData("alice", null, null, false)]
    [InlineData("alice", null, "pw", true)]
    [InlineData("alice", "other", "pw", true)]
    [InlineData("alice", "other", "o", false)]
    [InlineData("bob", null, null, true)]
    [InlineData("bob", "other", null, true)]
    [InlineData("bob", null, "pw", false)]
    [InlineData("eve", null, null, false)]
    [InlineData("eve", "other", "o", false)]
    public void A_password_is_compared_also_with_a_certificate(string name, string? user, string? password, bool accepted)
    {
        ConfigAuthenticator authenticator = new(Options(
            new UserOptions { Username = "CN=alice", Password = "pw" },
            new UserOptions { Username = "CN=bob" },
            new UserOptions { Username = "other", Password = "o" }) with { NoAuthUser = "other" });
        using X509Certificate2 certificate = TestCertificate.Create(["CN=" + name]);
        AuthenticationResult result =
            authenticator.Authenticate(new ConnectCredentials { User = user, Password = password, ClientCertificate = certificate });
        result.Ok.ShouldBe(accepted);
        if (accepted)
            result.Identity!.UserName.ShouldBe("CN=" + name);
    }

    [Theory]
    [InlineData("")]
    [InlineData("carol.kit.test")]
    [InlineData("CN")]
    [InlineData("=x")]
    [InlineData("CN=a+")]
    [InlineData("CN=#04024869")]
    [InlineData("CN=a\\")]
    [InlineData("CN=a\\z")]
    [InlineData("CN=a\\4")]
    public void Other_texts_are_no_distinguished_name(string text) => DistinguishedName.TryParse(text, out _).ShouldBeFalse();

    private static void UKitTest(SubjectAlternativeNameBuilder names)
    {
        names.AddUri(new Uri("spiffe://kit/x"));
        names.AddDnsName("u.kit.test");
        names.AddEmailAddress("u@kit.test");
    }

    private static bool Maps(string[] subject, string user, Action<SubjectAlternativeNameBuilder>? alternatives = null) =>
        Login(Make(user), subject, alternatives).Ok;

    private static AuthenticationResult Login(
        ConfigAuthenticator authenticator, string[] subject, Action<SubjectAlternativeNameBuilder>? alternatives = null)
    {
        using X509Certificate2 certificate = TestCertificate.Create(subject, alternatives);
        return authenticator.Authenticate(new ConnectCredentials { ClientCertificate = certificate });
    }

    private static ConfigAuthenticator Make(params string[] users) =>
        new(Options([.. users.Select(name => new UserOptions { Username = name })]));

    private static NatsServerOptions Options(params UserOptions[] users) => new()
    {
        Tls = new TlsOptions { Verify = true, MapToUser = true },
        Authorization = new AuthorizationOptions { Users = users },
    };
}
