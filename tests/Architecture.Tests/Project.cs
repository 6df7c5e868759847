using System.Xml.Linq;

namespace Architecture.Tests;

/// <summary>What a project file says about its name and what it uses.</summary>
public sealed class Project
{
    public Project(string path, string text)
    {
        Path = path;
        XDocument document = XDocument.Parse(text);
        ProjectReferences = [.. Includes("ProjectReference").Select(NameOf)];
        PackageReferences = [.. Includes("PackageReference")];
        FrameworkReferences = [.. Includes("FrameworkReference")];
        Sdk = document.Root?.Attribute("Sdk")?.Value ?? "";

        IEnumerable<string> Includes(string element) =>
            document.Descendants(element).Select(item => item.Attribute("Include")?.Value ?? "").Where(name => name.Length > 0);
    }

    public string Path { get; }

    public string Name => NameOf(Path);

    public string Sdk { get; }

    public IReadOnlyList<string> ProjectReferences { get; }

    public IReadOnlyList<string> PackageReferences { get; }

    public IReadOnlyList<string> FrameworkReferences { get; }

    private static string NameOf(string path) => System.IO.Path.GetFileNameWithoutExtension(path.Replace('\\', '/'));
}
