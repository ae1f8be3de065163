package io.epona.engine;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import javax.tools.ToolProvider;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * The program that the README prints, as its reader would use it: compiled against the built jars alone and run in a
 * fresh JVM with only the flags that the README prints.
 */
class ReadmeEmbeddingIT
{
    private static final Path README = Path.of("..", "..", "README.md");
    private static final Pattern PROGRAM = Pattern.compile("## Embed it.*?```java\n(.*?)```", Pattern.DOTALL);
    private static final Pattern COMMAND = Pattern.compile("\njava ([^\n]*?)-cp \\S+ (\\w+) ");
    private static final long PROCESS_TIMEOUT_S = 60;

    @TempDir
    private Path directory;

    @Test
    void shouldRunTheProgramOfTheReadme() throws Exception
    {
        final String readme = Files.readString(README);
        final String mainClass = compile(readme);
        final Matcher command = find(COMMAND, readme);
        assertEquals(mainClass, command.group(2));

        final Outcome outcome = run(Arrays.asList(command.group(1).trim().split(" +")), mainClass);

        assertEquals(0, outcome.exitCode, outcome.output);
        assertEquals("0: EURUSD 1.0842\n", outcome.output);
    }

    @Test
    void shouldPrintTheLineToPasteWhereTheFlagIsMissing() throws Exception
    {
        final Outcome outcome = run(List.of(), compile(Files.readString(README)));

        assertNotEquals(0, outcome.exitCode);
        assertTrue(
            outcome.output.contains("--add-opens java.base/jdk.internal.misc=ALL-UNNAMED"), outcome.output);
    }

    private String compile(final String readme) throws IOException
    {
        final String program = find(PROGRAM, readme).group(1);
        final String name = find(Pattern.compile("public class (\\w+)"), program).group(1);
        final Path source = directory.resolve(name + ".java");
        Files.writeString(source, program);
        final ByteArrayOutputStream messages = new ByteArrayOutputStream();
        final int result = ToolProvider.getSystemJavaCompiler().run(
            null, messages, messages, "-proc:none", "--release", "17", "-cp", jars(), source.toString());
        assertEquals(0, result, messages.toString(UTF_8));

        return name;
    }

    private Outcome run(final List<String> flags, final String mainClass) throws Exception
    {
        final List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(flags);
        command.addAll(List.of(
            "-cp", jars() + System.getProperty("path.separator") + directory, mainClass,
            directory.resolve("data").toString()));
        final Path output = directory.resolve("output");
        final Process process = new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(output.toFile())
            .start();
        try
        {
            assertTrue(process.waitFor(PROCESS_TIMEOUT_S, TimeUnit.SECONDS), "the program did not end");
        }
        finally
        {
            process.destroyForcibly();
        }

        return new Outcome(process.exitValue(), Files.readString(output));
    }

    /** What an embedder gets from the artifacts: the engine, the codecs and Agrona, and nothing else. */
    private static String jars()
    {
        final List<String> jars = new ArrayList<>();
        for (final String entry : System.getProperty("java.class.path").split(System.getProperty("path.separator")))
        {
            final String file = Path.of(entry).getFileName().toString();
            if (file.endsWith(".jar") &&
                (file.startsWith("epona-engine-core-") || file.startsWith("epona-codecs-") ||
                file.startsWith("agrona-")))
            {
                jars.add(entry);
            }
        }
        assertEquals(3, jars.size(), System.getProperty("java.class.path"));

        return String.join(System.getProperty("path.separator"), jars);
    }

    private static Matcher find(final Pattern pattern, final String text)
    {
        final Matcher matcher = pattern.matcher(text);
        assertTrue(matcher.find(), pattern.pattern());
        return matcher;
    }

    private record Outcome(int exitCode, String output)
    {
    }
}
