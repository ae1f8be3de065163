package io.epona.broker.cli;

import org.junit.jupiter.api.Test;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

class LineSplitterTest
{
    private static List<String> split(final String text) throws IOException
    {
        final List<String> lines = new ArrayList<>();
        new LineSplitter(1000).split(
            new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8)),
            (buffer, index, length) -> lines.add(buffer.getStringWithoutLengthUtf8(index, length)));
        return lines;
    }

    @Test
    void cutsAtLineFeedsOnly() throws IOException
    {
        assertEquals(List.of(), split(""));
        assertEquals(List.of(""), split("\n"));
        assertEquals(List.of("a", "", "b"), split("a\n\nb\n"));
        assertEquals(List.of("a", "last"), split("a\nlast"));
        assertEquals(List.of("dos\r", "\r"), split("dos\r\n\r\n"));
    }

    @Test
    void namesALineThatIsTooLong()
    {
        final CommandException ex = assertThrows(
            CommandException.class, () -> split("short\n" + "x".repeat(1001) + "\n"));
        assertTrue(ex.getMessage().startsWith("line 2 is longer"), ex.getMessage());
        assertEquals(ExitCodes.USAGE, ex.exitCode());
        assertThrows(CommandException.class, () -> split("x".repeat(3_000_000)));
    }

    @Test
    void givesEveryByteBack() throws IOException
    {
        final Random random = new Random(1);
        final byte[] bytes = new byte[2_000_000];
        for (int i = 0; i < bytes.length; i++)
        {
            bytes[i] = (byte)(0 == random.nextInt(60) ? '\n' : random.nextInt(256));
        }
        bytes[bytes.length - 1] = '\n';
        final ByteArrayOutputStream out = new ByteArrayOutputStream();
        new LineSplitter(1_000_000).split(
            new ByteArrayInputStream(bytes),
            (buffer, index, length) ->
            {
                out.write(buffer.byteArray(), index, length);
                out.write('\n');
                return true;
            });
        assertArrayEquals(bytes, out.toByteArray());
    }
}
