using System.Text;
using System.Text.RegularExpressions;
using DotNats.Security;
using Shouldly;
using Xunit;

namespace Security.Tests.Jwt;

/// <summary>What cannot be read is refused for the reason, and in the words, that the real server gave; malformed.txt holds its answers.</summary>
public sealed partial class MalformedJwtTests
{
    public static TheoryData<string, string> Cases()
    {
        var cases = new TheoryData<string, string>();
        string[] lines = [.. File.ReadLines(Path.Combine(AppContext.BaseDirectory, "Jwt", "malformed.txt")).Where(line => !line.StartsWith('#'))];
        for (int i = 0; i < lines.Length; i += 2) cases.Add(lines[i][2..], lines[i + 1]);
        return cases;
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Told_as_the_real_server_tells_it(string token, string answer)
    {
        byte[] bytes = Encoding.Latin1.GetBytes(Escape().Replace(token, match => ((char)Convert.ToByte(match.Groups[1].Value, 16)).ToString()));

        bool readable = JwtReader.TryReadAccount(bytes, out _, out JwtError error);

        (readable ? "readable" : error.Text).ShouldBe(answer);
    }

    [GeneratedRegex(@"\\x([0-9a-f]{2})")]
    private static partial Regex Escape();
}
