package io.epona.codecs;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * Bytes of a format as they were when they were agreed on, as text: an index and 16 bytes in hexadecimal a line. A
 * change of a format must change its golden file in the same commit:
 * {@code mvn -pl codecs test -Depona.golden.write=true} writes them anew.
 */
public final class GoldenFile
{
    /** System property that makes the tests write the golden files instead of reading them. */
    public static final String WRITE_PROPERTY = "epona.golden.write";

    /** Folder of all golden files. */
    public static final Path DIRECTORY = Path.of("src", "test", "resources", "golden");

    private static final int LINE_LENGTH = 16;

    private GoldenFile()
    {
    }

    /**
     * Compare bytes with a golden file; with the property set, write the file first.
     *
     * @param name  of the file below the folder, without its ending.
     * @param bytes that are expected to equal the file.
     * @return the bytes of the file.
     * @throws IOException where the file cannot be read or written.
     */
    public static byte[] check(final String name, final byte[] bytes) throws IOException
    {
        final Path file = DIRECTORY.resolve(name + ".hex");
        if (Boolean.getBoolean(WRITE_PROPERTY))
        {
            Files.createDirectories(file.getParent());
            Files.write(file, format(bytes));
        }

        assertTrue(Files.exists(file), () -> "no golden file " + file + ": see " + GoldenFile.class);
        final List<String> lines = Files.readAllLines(file);
        assertEquals(String.join("\n", lines), String.join("\n", format(bytes)), name);

        return parse(lines);
    }

    private static List<String> format(final byte[] bytes)
    {
        final List<String> lines = new ArrayList<>();
        for (int i = 0; i < bytes.length; i += LINE_LENGTH)
        {
            final StringBuilder line = new StringBuilder(String.format("%04x:", i));
            for (int j = i; j < Math.min(bytes.length, i + LINE_LENGTH); j++)
            {
                line.append(String.format(" %02x", bytes[j]));
            }
            lines.add(line.toString());
        }

        return lines;
    }

    private static byte[] parse(final List<String> lines)
    {
        final StringBuilder digits = new StringBuilder();
        for (final String line : lines)
        {
            digits.append(line.substring(line.indexOf(':') + 1).replace(" ", ""));
        }

        final byte[] bytes = new byte[digits.length() / 2];
        for (int i = 0; i < bytes.length; i++)
        {
            bytes[i] = (byte)Integer.parseInt(digits.substring(2 * i, 2 * i + 2), 16);
        }

        return bytes;
    }
}
