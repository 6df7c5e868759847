using System.Text;
using CsCheck;
using DotNats.Protocol;
using Shouldly;
using Xunit;

namespace Protocol.Tests.Handshake;

public sealed class ConnectTextTests
{
    [Theory]
    [InlineData("""{"verbose":false,"user":"a","pass":"s"}""", """{"verbose":false,"user":"a","pass":"[REDACTED]"}""")]
    [InlineData("""{ "auth_token" : "s" , "name":"n"}""", """{ "auth_token" : "[REDACTED]" , "name":"n"}""")]
    [InlineData("""{"sig":"s","proxy_sig":"s","nkey":"s","jwt":"s","password":"s"}""", """{"sig":"[REDACTED]","proxy_sig":"[REDACTED]","nkey":"[REDACTED]","jwt":"[REDACTED]","password":"[REDACTED]"}""")]
    [InlineData("""{"pass":"s,\"s}s","name":"n"}""", """{"pass":"[REDACTED]","name":"n"}""")]
    [InlineData("""{"PASS":"s","p\u0061ss":"s","paſs":"s"}""", """{"PASS":"[REDACTED]","p\u0061ss":"[REDACTED]","paſs":"[REDACTED]"}""")]
    [InlineData("""{"pass":5,"auth_token":["s",{"a":"s"}],"name":{"b":1}}""", """{"pass":[REDACTED],"auth_token":[REDACTED],"name":{"b":1}}""")]
    [InlineData("{}", "{}")]
    [InlineData("null", "null")]
    public void What_proves_who_it_is_is_not_shown(string json, string shown) => ConnectText.Redact(Encoding.UTF8.GetBytes(json)).ShouldBe(shown);

    [Theory]
    [InlineData("""{"user":"a","pass":"s""", """{"user":"a","pass":[REDACTED]""")]
    [InlineData("""{"pass":["s",}""", """{"pass":[REDACTED][REDACTED]""")]
    [InlineData("""{"user":"a" "pass":"s"}""", """{"user":"a" [REDACTED]""")]
    [InlineData("""{"a":1} "s" """, """{"a":1} [REDACTED]""")]
    [InlineData("\"s\"", "[REDACTED]")]
    [InlineData("s", "[REDACTED]")]
    [InlineData("", "[REDACTED]")]
    public void Nor_is_anything_of_what_cannot_be_read(string json, string shown) => ConnectText.Redact(Encoding.UTF8.GetBytes(json)).ShouldBe(shown);

    [Fact]
    public void Bytes_that_are_no_text_are_shown_as_they_are_taken() =>
        ConnectText.Redact([.. "{\"name\":\""u8, 0xFF, .. "\",\"pass\":\""u8, 0xFE, .. "s\"}"u8]).ShouldBe("{\"name\":\"\uFFFD\",\"pass\":\"[REDACTED]\"}");

    [Fact]
    public void No_bytes_make_it_throw() => Gen.Byte.Array[0, 60].Sample(bytes => ConnectText.Redact(bytes).Length >= 0);
}
