import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * Run by the build as a single source file: writes versions, commit and dirty flag to a properties file. Without Git,
 * or outside a clone, the two are {@code unknown} and the build goes on.
 */
public final class WriteBuildInfo
{
    private static final String UNKNOWN = "unknown";

    private WriteBuildInfo()
    {
    }

    /**
     * @param args file to write, then {@code key=value} to write into it.
     * @throws IOException          where the file cannot be written.
     * @throws InterruptedException where the build is interrupted.
     */
    public static void main(final String[] args) throws IOException, InterruptedException
    {
        final Path file = Path.of(args[0]);
        final StringBuilder text = new StringBuilder();
        for (int i = 1; i < args.length; i++)
        {
            text.append(args[i]).append('\n');
        }

        final String commit = git(List.of("git", "rev-parse", "HEAD"));
        final String changes = git(List.of("git", "status", "--porcelain"));
        text.append("commit=").append(null == commit || commit.isBlank() ? UNKNOWN : commit.trim()).append('\n');
        text.append("dirty=").append(null == changes ? UNKNOWN : String.valueOf(!changes.isBlank())).append('\n');
        Files.createDirectories(file.getParent());
        Files.writeString(file, text.toString());
    }

    private static String git(final List<String> command) throws InterruptedException
    {
        try
        {
            final Process process = new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.DISCARD).start();
            final String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            return 0 == process.waitFor() ? output : null;
        }
        catch (final IOException ex)
        {
            // No Git on this machine: the caller writes that it is not known.
            return null;
        }
    }
}
