using DotNats.Configuration;
using DotNats.Security;
using Shouldly;
using Xunit;

namespace DotNats.Tests.Configuration;

public class OptionsValidatorTests
{
    public static TheoryData<string, int> Starts => [.. CorpusCase.Starts.Select((c, i) => new TheoryDataRow<string, int>(c.ToString(), i))];

    [Theory]
    [MemberData(nameof(Starts))]
    public void A_configuration_starts_or_fails_as_with_the_real_server(string name, int index)
    {
        CorpusCase expected = CorpusCase.Starts[index];
        ConfigResult result = ConfigLoader.LoadText(expected.Text, "t.conf", new CorpusFiles(), CorpusFiles.Environment);
        result.Errors.ShouldBeEmpty(name);

        IReadOnlyList<string> errors = OptionsValidator.Validate(result.Options!, new CorpusFiles());

        errors.Take(1).ShouldBe(expected.Always, name);
    }

    [Fact]
    public void Defaults_are_valid() => OptionsValidator.Validate(new NatsServerOptions()).ShouldBeEmpty();

    [Fact]
    public void All_errors_are_reported()
    {
        NatsServerOptions options = new()
        {
            ServerName = "a b",
            NoAuthUser = "nobody",
            Limits = new LimitOptions { MaxPayloadBytes = 10, MaxPendingBytes = 5 },
            Authorization = new AuthorizationOptions { Username = "a", Token = "b" },
        };
        OptionsValidator.Validate(options).ShouldBe(
        [
            "max_payload (10) cannot be higher than max_pending (5)",
            "server name cannot contain spaces",
            "Cannot have a user/pass and token",
            "no_auth_user: \"nobody\" present, but users/nkeys are not defined",
        ]);
    }

    [Fact]
    public void Users_set_in_code_are_checked_as_those_of_a_file()
    {
        NatsServerOptions options = new()
        {
            Authorization = new AuthorizationOptions
            {
                Users =
                [
                    new UserOptions { Username = "a", Password = "p", Permissions = new PermissionSet { Publish = new SubjectPermission { Allow = ["a..b"] } } },
                    new UserOptions { Username = "a", Password = "q" },
                ],
            },
            Accounts = [new AccountOptions { Name = "$G" }, new AccountOptions { Name = "X" }, new AccountOptions { Name = "X" }],
        };
        OptionsValidator.Validate(options).ShouldBe(
        [
            "Duplicate user \"a\" detected",
            "invalid permissions for user \"a\": publish allow: subject \"a..b\" is not a valid subject",
            "\"$G\" is a Reserved Account",
            "Duplicate Account Entry: X",
        ]);
    }

    [Fact]
    public void Certificates_set_in_code_must_exist()
    {
        NatsServerOptions options = new() { Tls = new TlsOptions { Certificates = [new TlsCertificateOptions("nope.pem", "nope.key")] } };
        OptionsValidator.Validate(options, new CorpusFiles())
            .ShouldBe(["error parsing X509 certificate/key pair: open nope.pem: no such file or directory"]);
    }
}
