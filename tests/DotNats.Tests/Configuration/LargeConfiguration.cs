using System.Text;

namespace DotNats.Tests.Configuration;

/// <summary>Accounts of ten users each that import from each other, as many as wanted.</summary>
internal static class LargeConfiguration
{
    public static string Text(int accounts)
    {
        StringBuilder text = new("accounts {\n");
        for (int i = 0; i < accounts; i++)
        {
            int next = (i + 1) % accounts;
            int before = (i + accounts - 1) % accounts;
            text.Append($"  A{i} {{\n    users: [\n");
            for (int u = 0; u < 10; u++)
                text.Append($"      {{ user: \"u{i}_{u}\", password: \"pw{u}\", permissions: {{ publish: [\"a.{u}.>\"], subscribe: \"b.{u}\" }} }}\n");
            text.Append($"    ]\n    exports: [ {{ stream: \"s.{i}.>\" }}, {{ service: \"q.{i}\" }}, {{ service: \"z.{i}\", accounts: [ A{next} ] }} ]\n");
            text.Append($"    imports: [ {{ stream: {{ account: A{before}, subject: \"s.{before}.>\" }}, prefix: \"in\" }}\n");
            text.Append($"      {{ service: {{ account: A{before}, subject: \"q.{before}\" }} }}\n");
            text.Append($"      {{ service: {{ account: A{before}, subject: \"z.{before}\" }}, to: \"zz\" }} ]\n  }}\n");
        }
        return text.Append("}\n").ToString();
    }
}
