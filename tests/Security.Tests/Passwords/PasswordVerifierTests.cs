using System.Text;
using DotNats.Security;
using Shouldly;
using Xunit;

namespace Security.Tests.Passwords;

public class PasswordVerifierTests
{
    // crypt(3) of "s3cr3t päß", cost 5.
    private const string Tail = "$05$abcdefghijklmnopqrstuuJO6zR/xwL9leZYyemjg6/v1tdf6uNOy";
    private const string Password = "s3cr3t päß";

    [Theory]
    [InlineData("$2a")]
    [InlineData("$2b")]
    [InlineData("$2x")]
    [InlineData("$2y")]
    public void Bcrypt_of_every_variant_verifies(string variant)
    {
        PasswordVerifier.Verify(variant + Tail, Password).ShouldBeTrue();
        PasswordVerifier.Verify(variant + Tail, Encoding.UTF8.GetBytes(Password)).ShouldBeTrue();
        PasswordVerifier.Verify(variant + Tail, "s3cr3t päs").ShouldBeFalse();
        PasswordVerifier.Verify(variant + Tail, "").ShouldBeFalse();
        PasswordVerifier.RequiresSlowVerification(variant + Tail).ShouldBeTrue();
        PasswordVerifier.BcryptCost(variant + Tail).ShouldBe(5);
    }

    [Fact]
    public void A_hash_is_no_password_for_itself() => PasswordVerifier.Verify("$2a" + Tail, "$2a" + Tail).ShouldBeFalse();

    [Theory]
    [InlineData("x$2a$y")]
    [InlineData("$2a$")]
    [InlineData("$2a$1$abc")]
    [InlineData("$2c$05$abc")]
    [InlineData("$1$05$abc")]
    [InlineData("$")]
    [InlineData("")]
    public void Texts_that_only_look_similar_are_plain(string stored)
    {
        PasswordVerifier.IsBcrypt(stored).ShouldBeFalse();
        PasswordVerifier.BcryptCost(stored).ShouldBe(0);
        PasswordVerifier.Verify(stored, stored).ShouldBeTrue();
        PasswordVerifier.Verify(stored, stored + "x").ShouldBeFalse();
    }

    [Theory]
    [InlineData("$2a$05$")]
    [InlineData("$2a$05$short")]
    [InlineData("$2a$99$abcdefghijklmnopqrstuuJO6zR/xwL9leZYyemjg6/v1tdf6uNOy")]
    [InlineData("$2a$00$abcdefghijklmnopqrstuuJO6zR/xwL9leZYyemjg6/v1tdf6uNOy")]
    [InlineData("$2a$05$abcdefghijklmnopqrstuuJO6zR/xwL9leZYyemjg6/v1tdf6uNO!")]
    [InlineData("$2a$05$äbcdefghijklmnopqrstuuJO6zR/xwL9leZYyemjg6/v1tdf6uNOy")]
    [InlineData("$2a$05$abcdefghijklmnopqrstuuJO6zR/xwL9leZYyemjg6/v1tdf6uNOyMORE")]
    public void A_damaged_hash_matches_nothing_and_throws_nothing(string stored)
    {
        PasswordVerifier.Verify(stored, "s3cr3t päß").ShouldBeFalse();
        PasswordVerifier.Verify(stored, stored).ShouldBeFalse();
    }

    // crypt(3) of 72 times 'p', cost 4. Bytes behind the 72nd do not count, as in nats-server.
    [Theory]
    [InlineData(71, false)]
    [InlineData(72, true)]
    [InlineData(73, true)]
    [InlineData(200, true)]
    public void Bcrypt_reads_72_bytes(int length, bool matches) =>
        PasswordVerifier.Verify("$2b$04$abcdefghijklmnopqrstuuNt.0ah97gHY3F7JC1Z6EXmQc0bQBhIO", new string('p', length)).ShouldBe(matches);

    [Fact]
    public void Empty_password_has_a_hash_too() => PasswordVerifier.Verify("$2b$04$abcdefghijklmnopqrstuubyCG3zY1GIXMyxfivm.ClDiInHzxjiq", "").ShouldBeTrue();

    [Theory]
    [InlineData("foo", "foo", true)]
    [InlineData("foo", "FOO", false)]
    [InlineData("foo", "fo", false)]
    [InlineData("foo", "", false)]
    [InlineData("", "", true)]
    [InlineData("ß", "ß", true)]
    public void Plain_passwords_are_compared_exactly(string stored, string given, bool matches)
    {
        PasswordVerifier.Verify(stored, given).ShouldBe(matches);
        PasswordVerifier.Verify(stored, Encoding.UTF8.GetBytes(given)).ShouldBe(matches);
        PasswordVerifier.RequiresSlowVerification(stored).ShouldBeFalse();
    }

    // Digests of crypt(3); each has another salt and cost, so every bit position of the encoding is used.
    [Theory]
    [InlineData("$2b$04$erB5dESMt6duLd/ZyhVvS.HzRPFjWom9r3IRLigQlcOnaqYc0aiRi", "331cca&a")]
    [InlineData("$2b$05$ZTTjmXYVXvkAszTQfGok.eF7zbUoWktsLM.YffM.1OVbA7AHuWZs6", "X")]
    [InlineData("$2b$05$l7mV76UFeArxAzsu/3DVX.qNkGV5IJbon.7dg2qzRpBHqTTIuDMWG", "&1Y2Y2X%")]
    [InlineData("$2b$05$LtjC1JYpsQphJlmlUIRl7OBdQ2B/7AsCQF6vbMmg3S.90yBW/mXMm", "b")]
    [InlineData("$2b$04$Ccqe4zQFC9oYOOyLT1tRFuHHr3SvRAvN0yBCPn/QlVoC8D37.c/oe", "c13&c211$$Y1XX1ZcbZ&")]
    [InlineData("$2b$05$9pVJ8gsGrClsh8fjpU/6eeC53mTPM22Zb6kHCI6MZkh8AvxRXnr1i", "1X&2!!%YYX!Y$&ZY&c&&")]
    [InlineData("$2b$05$soQTXs7iIzTzkgBXS2VaV.GoLixEJ35gvBDsd/l3x95pnrTz4p8I2", " cacbYc1 2aZ1YZ!3b3  $YaYZX&Z&b$&2Ya23XbX22Y3XY&cZZ&3!2")]
    [InlineData("$2b$04$5QSu7XPJq.uLnQnu01a9juvx8FeOhoWR0BvLUzzDmU.UZ8n25q4ue", "Z&c33X$X1XZaYX1Xc1ab!31 Xa%c&Za122X 1%a 1X&c$XX1312!&3$")]
    public void Hashes_of_another_implementation_verify(string hash, string password)
    {
        PasswordVerifier.Verify(hash, password).ShouldBeTrue();
        PasswordVerifier.Verify(hash, password + "x").ShouldBeFalse();
        PasswordVerifier.Verify(hash[..^1] + (hash[^1] == 'e' ? 'u' : 'e'), password).ShouldBeFalse();
    }

    [Fact]
    public void Time_can_be_spent_for_any_cost_a_hash_can_name()
    {
        PasswordVerifier.SpendTime(4, "x");
        PasswordVerifier.SpendTime(99, "x");
    }
}
