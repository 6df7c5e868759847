using System.Text;

namespace Load.Harness;

/// <summary>Splits a server command as a shell would: blanks separate, single and double quotes keep together.</summary>
internal static class CommandLine
{
    internal static string[] Split(string command)
    {
        List<string> words = [];
        StringBuilder word = new();
        char quote = '\0';
        bool inWord = false;
        foreach (char c in command)
        {
            if (quote != '\0')
            {
                if (c == quote) quote = '\0';
                else word.Append(c);
            }
            else if (c is '\'' or '"')
            {
                quote = c;
                inWord = true;
            }
            else if (c is not (' ' or '\t'))
            {
                word.Append(c);
                inWord = true;
            }
            else if (inWord)
            {
                words.Add(word.ToString());
                word.Clear();
                inWord = false;
            }
        }
        if (inWord) words.Add(word.ToString());
        return words.Count > 0 ? [.. words] : throw new ArgumentException("the server command is empty");
    }
}
