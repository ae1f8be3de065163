package io.epona.loadgen;

import io.epona.loadgen.driver.WorkDirs;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * What is published in this repository, held against itself as it stands, and with figures flipped in a copy.
 */
class StoredResultsTest
{
    private static final Path PUBLISHED = Path.of("..", "results");
    /** Of latencies in a summary; the last digit of each is flipped. */
    private static final Pattern FIGURE =
        Pattern.compile("\"(p50|p99|p99_9|min|max|count)\" : ([0-9]*)([0-9])(?![0-9.])");
    private static final Pattern RATIO = Pattern.compile("\"(ratio|median|max|a)\" : ([0-9]+\\.)([0-9])");

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();

    @TempDir
    private Path dir;

    @BeforeEach
    void copy() throws IOException
    {
        for (final String kind : List.of("runs", "compare"))
        {
            final Path from;
            try (Stream<Path> folders = Files.list(PUBLISHED.resolve(kind)))
            {
                from = folders.filter((folder) -> folder.toString().contains("latency")).sorted().findFirst()
                    .orElseThrow();
            }
            final Path to = Files.createDirectories(dir.resolve(kind).resolve(from.getFileName()));
            try (Stream<Path> files = Files.list(from))
            {
                for (final Path file : files.filter(Files::isRegularFile).toList())
                {
                    Files.copy(file, to.resolve(file.getFileName()));
                }
            }
        }
        assertEquals(0, execute("index", dir.toString()), this::out);
    }

    @Test
    void everythingThatIsPublishedAgrees()
    {
        assertEquals(0, execute("verify", PUBLISHED.toString()), this::out);
        assertTrue(out().contains("agrees  ") && out().contains("INDEX.md"), this::out);
    }

    @Test
    void everyFlippedFigureIsFound() throws IOException
    {
        assertEquals(0, execute("verify", dir.toString()), this::out);
        assertTrue(flip("summary.json", FIGURE) > 20);
        assertTrue(flip("compare.json", RATIO) > 20);
    }

    private int flip(final String name, final Pattern pattern) throws IOException
    {
        final Path file;
        try (Stream<Path> files = Files.walk(dir))
        {
            file = files.filter((each) -> each.endsWith(name)).findFirst().orElseThrow();
        }
        final String original = Files.readString(file);
        final Matcher figure = pattern.matcher(original);
        int count = 0;
        while (figure.find())
        {
            final char flipped = '9' == figure.group(3).charAt(0) ? '1' : (char)(figure.group(3).charAt(0) + 1);
            Files.writeString(
                file, original.substring(0, figure.start(3)) + flipped + original.substring(figure.end(3)));
            assertEquals(4, execute("verify", file.getParent().toString()), figure.group());
            count++;
        }
        Files.writeString(file, original);

        return count;
    }

    @Test
    void anIndexThatIsNotThatOfTheFoldersIsFound() throws IOException
    {
        final Path index = dir.resolve("INDEX.md");
        final String original = Files.readString(index);
        Files.writeString(index, original.replaceFirst("PASS", "FAIL"));
        assertEquals(4, execute("verify", dir.toString()));
        Files.writeString(index, original);
        WorkDirs.remove(dir.resolve("runs").resolve(Files.list(dir.resolve("runs")).toList().get(0).getFileName()));
        assertEquals(4, execute("verify", dir.toString()));
        Files.delete(index);
        assertEquals(4, execute("verify", dir.toString()));
        assertEquals(2, execute("index", dir.resolve("compare").toString()));
    }

    private int execute(final String... args)
    {
        out.reset();
        return LoadgenCommand.execute(
            new ByteArrayInputStream(new byte[0]),
            new PrintStream(out, true, StandardCharsets.UTF_8),
            new PrintStream(out, true, StandardCharsets.UTF_8),
            false,
            args);
    }

    private String out()
    {
        return out.toString(StandardCharsets.UTF_8);
    }
}
