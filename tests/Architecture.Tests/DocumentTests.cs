using System.Text.RegularExpressions;
using Shouldly;
using Xunit;

namespace Architecture.Tests;

/// <summary>Documents tell the truth about what can be checked: links lead somewhere, the room table names the rooms.</summary>
public sealed partial class DocumentTests(Repository repository)
{
    [Fact]
    public void Every_relative_link_leads_to_a_file_and_heading()
    {
        var broken = from path in repository.FilesNamed("*.md")
                     from Match link in Link().Matches(WithoutCode(File.ReadAllText(path)))
                     let target = link.Groups[1].Value
                     where !target.Contains("://", StringComparison.Ordinal) && !target.StartsWith("mailto:", StringComparison.Ordinal)
                     where !Resolves(path, target)
                     select $"{repository.Relative(path)}: {target}";
        broken.ShouldBeEmpty();
    }

    [Fact]
    public void The_architecture_document_lists_exactly_the_libraries()
    {
        var rows = from line in repository.Read("ARCHITECTURE.md").Split('\n')
                   where line.StartsWith('|')
                   let name = line.Split('|')[1].Trim(' ', '`', '*')
                   where name == "DotNats" || (name.StartsWith("DotNats.", StringComparison.Ordinal) && !name.EndsWith(".Tests", StringComparison.Ordinal))
                   select name;
        rows.Distinct().Order(StringComparer.Ordinal)
            .ShouldBe(repository.ProjectsUnder("src/").Select(project => project.Name).Order(StringComparer.Ordinal));
    }

    private static bool Resolves(string document, string target)
    {
        string[] parts = target.Split('#', 2);
        string file = parts[0].Length == 0 ? document : Path.GetFullPath(Path.Combine(Path.GetDirectoryName(document)!, Uri.UnescapeDataString(parts[0])));
        if (parts.Length == 1 || !file.EndsWith(".md", StringComparison.Ordinal))
            return File.Exists(file) || Directory.Exists(file);
        return File.Exists(file) && Heading().Matches(WithoutCode(File.ReadAllText(file))).Any(heading => Slug(heading.Groups[1].Value) == parts[1]);
    }

    // How the usual Markdown sites name a heading: lower case, punctuation gone, blanks to dashes.
    private static string Slug(string heading) =>
        string.Concat(heading.Trim().ToLowerInvariant().Where(c => char.IsLetterOrDigit(c) || c is ' ' or '-' or '_')).Replace(' ', '-');

    private static string WithoutCode(string markdown) => Code().Replace(markdown, "");

    [GeneratedRegex(@"\[[^\]]*\]\(([^)\s]+)[^)]*\)")]
    private static partial Regex Link();

    [GeneratedRegex("^#+ (.+)$", RegexOptions.Multiline)]
    private static partial Regex Heading();

    [GeneratedRegex("^```.*?^```|`[^`\n]*`", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Code();
}
