using System.Text;
using SeqCont.Model;

namespace SeqCont.Reports;

/// <summary>A picture as a file.</summary>
public static class PictureFile
{
    /// <summary>Writes a picture.</summary>
    /// <param name="path">Where to; replaced in one step.</param>
    /// <param name="svg">The picture.</param>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public static void Write(string path, string svg) => WholeFile.Write(path, stream => stream.Write(Encoding.UTF8.GetBytes(svg)));
}
