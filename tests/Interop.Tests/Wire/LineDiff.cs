using System.Text;
using Xunit;

namespace Interop.Tests;

/// <summary>Compares two texts line by line and shows the first place where they part.</summary>
public static class LineDiff
{
    private const int ContextLines = 6;

    public static void ShouldBeSame(string actual, string expected)
    {
        if (actual == expected)
            return;
        string[] got = actual.Split('\n');
        string[] wanted = expected.Split('\n');
        int at = got.Zip(wanted).TakeWhile(pair => pair.First == pair.Second).Count();
        StringBuilder text = new($"differs at line {at + 1}:\n");
        Append(text, "    ", wanted[Math.Max(0, at - ContextLines)..at]);
        Append(text, "  - ", wanted.Skip(at).Take(ContextLines));
        Append(text, "  + ", got.Skip(at).Take(ContextLines));
        Assert.Fail(text.ToString());
    }

    private static void Append(StringBuilder text, string mark, IEnumerable<string> lines)
    {
        foreach (string line in lines)
            text.Append(mark).Append(line).Append('\n');
    }
}
