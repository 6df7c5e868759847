using DotNats;
using DotNats.Server.Authentication;
using Shouldly;
using Xunit;

namespace Server.Tests.Authentication;

public sealed class LoginTermsTests
{
    private static readonly TlsOptions Mapping = new() { Verify = true, MapToUser = true };

    [Fact]
    public void A_listener_without_a_login_of_its_own_has_the_servers()
    {
        var options = new NatsServerOptions { Authorization = new AuthorizationOptions { Username = "u", Password = "p" }, Mqtt = new MqttOptions { Port = 1 } };
        LoginTerms.ForMqtt(options).ShouldBe(LoginTerms.ForClients(options));
    }

    [Fact]
    public void A_login_of_its_own_stands_in_place_of_all_of_the_servers()
    {
        var options = new NatsServerOptions { Authorization = new AuthorizationOptions { Username = "u", Password = "p" }, Mqtt = new MqttOptions { Port = 1, Token = "t" } };
        LoginTerms terms = LoginTerms.ForMqtt(options);
        (terms.Username, terms.Token, terms.IsOwn).ShouldBe((null, "t", true));
    }

    [Fact]
    public void Certificates_say_who_somebody_is_on_each_listener_by_itself()
    {
        var options = new NatsServerOptions { Tls = new TlsOptions(), Mqtt = new MqttOptions { Port = 1, Tls = Mapping } };
        (LoginTerms.ForClients(options).MapsCertificates, LoginTerms.ForMqtt(options).MapsCertificates).ShouldBe((false, true));
        LoginTerms.MappedTypes(options).ShouldBe(["MQTT"]);
    }

    [Fact]
    public void Who_has_no_password_because_of_a_certificate_is_nobody_without_one()
    {
        var options = new NatsServerOptions
        {
            Authorization = new AuthorizationOptions
            {
                Users = [new UserOptions { Username = "CN=ann" }, new UserOptions { Username = "std", AllowedConnectionTypes = ["STANDARD"] }],
            },
            Mqtt = new MqttOptions { Port = 1, Tls = Mapping },
        };
        var authenticator = new ConfigAuthenticator(options);
        AuthenticationResult refused = authenticator.Authenticate(new ConnectCredentials { User = "CN=ann", Password = "" });
        refused.Ok.ShouldBeFalse();
        refused.Detail.ShouldBe("User \"CN=ann\" requires a client certificate");
        // No certificate can stand for who may not use that listener.
        authenticator.Authenticate(new ConnectCredentials { User = "std", Password = "" }).Ok.ShouldBeTrue();
    }
}
