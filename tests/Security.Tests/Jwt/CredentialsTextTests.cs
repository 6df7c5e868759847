using DotNats.Security;
using Shouldly;
using Xunit;

namespace Security.Tests.Jwt;

public sealed class CredentialsTextTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_credentials_file_has_a_token_and_a_seed(bool windows)
    {
        string creds = windows ? JwtVectors.Creds.Replace("\n", "\r\n") : JwtVectors.Creds;
        CredentialsText.FindJwt(creds).ShouldBe(JwtVectors.Token("user"));
        using NKey key = JwtVectors.Key("user");
        CredentialsText.FindSeed(creds).ShouldBe(key.GetSeed());
    }

    [Theory]
    [InlineData("eyJ.x.y", "eyJ.x.y")]
    [InlineData("  eyJ.x.y\n", "eyJ.x.y")]
    [InlineData("-----BEGIN NATS OPERATOR JWT-----\neyJ.x.y\n------END NATS OPERATOR JWT------\n", "eyJ.x.y")]
    [InlineData("note\n------\neyJ.x.y\n------", "eyJ.x.y")]
    [InlineData("---\neyJ.x.y\n---", "---\neyJ.x.y\n---")]
    [InlineData("------\neyJ x\n------", "------\neyJ x\n------")]
    [InlineData("", "")]
    public void A_token_stands_between_dashes_or_alone(string text, string token) => CredentialsText.FindJwt(text).ShouldBe(token);

    [Fact]
    public void A_seed_may_stand_alone()
    {
        CredentialsText.FindSeed("# comment\n SUAX \n").ShouldBe("SUAX");
        CredentialsText.FindSeed("nothing").ShouldBeNull();
    }
}
