package io.epona.loadgen.report;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.epona.loadgen.scenario.ScenarioWriter;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;

/**
 * The folder of one run: its name is the run's id.
 */
public final class RunFolder
{
    /** The figures. */
    public static final String SUMMARY = "summary.json";
    /** The scenario as it was resolved. */
    public static final String SCENARIO = "scenario.yaml";
    /** The environment. */
    public static final String ENV = "env.json";
    /** The histograms. */
    public static final String HLOG = "latency.hlog";
    /** One line a second. */
    public static final String SERIES = "series.csv";

    /** Reads and writes every JSON file of a run. */
    static final ObjectMapper JSON = new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);

    private static final String NO_HASH = "0".repeat(64);

    private static final DateTimeFormatter UTC =
        DateTimeFormatter.ofPattern("yyyyMMdd'T'HHmmss'Z'").withZone(ZoneOffset.UTC);

    private final Path dir;

    private RunFolder(final Path dir)
    {
        this.dir = dir;
    }

    /**
     * Make a new folder {@code <utc>-<scenario>-<driver>-<n>}.
     *
     * @param parent   to make it in; made where it does not exist.
     * @param scenario name.
     * @param driver   name.
     * @return the folder.
     * @throws IOException where it cannot be made.
     */
    public static RunFolder create(final Path parent, final String scenario, final String driver) throws IOException
    {
        Files.createDirectories(parent);
        final String stem = UTC.format(Instant.now()) + "-" + scenario + "-" + driver + "-";
        for (int n = 1;; n++)
        {
            try
            {
                return new RunFolder(Files.createDirectory(parent.resolve(stem + n)));
            }
            catch (final FileAlreadyExistsException ex)
            {
                if (n >= 10_000)
                {
                    throw ex;
                }
            }
        }
    }

    /**
     * @param dir that exists.
     * @return the folder.
     */
    public static RunFolder of(final Path dir)
    {
        return new RunFolder(dir.toAbsolutePath().normalize());
    }

    /**
     * @return name of the folder.
     */
    public String id()
    {
        return dir.getFileName().toString();
    }

    /**
     * @return the folder.
     */
    public Path dir()
    {
        return dir;
    }

    /**
     * @param file one of the names of this class.
     * @return its path.
     */
    public Path file(final String file)
    {
        return dir.resolve(file);
    }

    /**
     * @param file one of the names of this class.
     * @param json its content.
     * @throws IOException where it cannot be written.
     */
    public void write(final String file, final JsonNode json) throws IOException
    {
        Files.writeString(file(file), JSON.writeValueAsString(json) + "\n");
    }

    /**
     * @param file one of the names of this class.
     * @param text its content.
     * @throws IOException where it cannot be written.
     */
    public void write(final String file, final String text) throws IOException
    {
        Files.writeString(file(file), text);
    }

    /**
     * Write the summary with a hash of itself: of its text with zeros in the place of that hash.
     *
     * @param summary whose {@code hashes} tell those of the other files.
     * @throws IOException where it cannot be written.
     */
    void writeSummary(final ObjectNode summary) throws IOException
    {
        final ObjectNode hashes = (ObjectNode)summary.get("hashes");
        hashes.put(SUMMARY, NO_HASH);
        final String hash = ScenarioWriter.hash(JSON.writeValueAsString(summary) + "\n");
        hashes.put(SUMMARY, hash);
        write(SUMMARY, summary);
    }

    /**
     * @param text of a summary.
     * @param told the hash of itself that it tells.
     * @return whether it is that of the text.
     */
    static boolean isOwnHash(final String text, final String told)
    {
        return !told.isEmpty() && ScenarioWriter.hash(text.replace(told, NO_HASH)).equals(told);
    }

    String hash(final String file) throws IOException
    {
        return ScenarioWriter.hash(Files.readAllBytes(file(file)));
    }
}
