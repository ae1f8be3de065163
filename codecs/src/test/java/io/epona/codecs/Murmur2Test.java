package io.epona.codecs;

import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Random;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

class Murmur2Test
{
    /** Kafka's own vectors (UtilsTest.testMurmur2), then those of librdkafka, which agrees with Kafka. */
    @ParameterizedTest
    @CsvSource({
        "'21', -973932308",
        "'foobar', -790332482",
        "'a-little-bit-long-string', -985981536",
        "'a-little-bit-longer-string', -1486304829",
        "'lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8', -58897971",
        "'abc', 479470107",
        "'', 0x106e08d9",
        "'kafka', 0xd067cf64",
        "'giberish123456789', 0x8f552b0c",
        "'1234', 0x9fc97b14",
        "'234', 0xe7c009ca",
        "'34', 0x873930da",
        "'4', 0x5a4b5ca1",
        "'PreAmbleWillBeRemoved,ThePrePartThatIs', 0x78424f1c",
        "'reAmbleWillBeRemoved,ThePrePartThatIs', 0x4a62b377",
        "'eAmbleWillBeRemoved,ThePrePartThatIs', 0xe0e4e09e",
        "'AmbleWillBeRemoved,ThePrePartThatIs', 0x62b8b43f" })
    void shouldHashAsKafkaDoes(final String key, final String expectedText)
    {
        final int expected = (int)(long)Long.decode(expectedText);
        final byte[] bytes = key.getBytes(StandardCharsets.UTF_8);
        assertEquals(expected, Murmur2.hash(bytes));

        for (int shift = 0; shift < 9; shift++)
        {
            final byte[] shifted = new byte[bytes.length + shift + 3];
            Arrays.fill(shifted, (byte)0xA5);
            System.arraycopy(bytes, 0, shifted, shift, bytes.length);
            assertEquals(expected, Murmur2.hash(new UnsafeBuffer(shifted), shift, bytes.length));

            final ByteBuffer direct = ByteBuffer.allocateDirect(shifted.length).put(shifted);
            assertEquals(expected, Murmur2.hash(new UnsafeBuffer(direct.clear()), shift, bytes.length));
        }
    }

    @Test
    void shouldAgreeWithItselfOnArrayAndBuffer()
    {
        final Random random = new Random(3);
        for (int length = 0; length < 300; length++)
        {
            final byte[] key = new byte[length];
            random.nextBytes(key);
            assertEquals(Murmur2.hash(key), Murmur2.hash(new UnsafeBuffer(key), 0, length));
        }
    }

    @Test
    void shouldKeepTheLower31Bits()
    {
        assertEquals(0, Murmur2.toPositive(0));
        assertEquals(0, Murmur2.toPositive(Integer.MIN_VALUE));
        assertEquals(Integer.MAX_VALUE, Murmur2.toPositive(-1));
        assertEquals(Integer.MAX_VALUE, Murmur2.toPositive(Integer.MAX_VALUE));
        assertEquals(1, Murmur2.toPositive(0x80000001));
    }

    @Test
    void shouldChooseThePartitionThatKafkaChooses()
    {
        assertEquals(Math.floorMod(-973932308 & 0x7fffffff, 12), Murmur2.partition(-973932308, 12));
        assertEquals(16, Murmur2.partition(Murmur2.hash("foobar".getBytes(StandardCharsets.UTF_8)), 50));
        assertEquals(0, Murmur2.partition(-1, 1));

        final Random random = new Random(5);
        final int[] counts = new int[7];
        for (int i = 0; i < 70_000; i++)
        {
            final byte[] key = new byte[random.nextInt(20)];
            random.nextBytes(key);
            counts[Murmur2.partition(Murmur2.hash(key), counts.length)]++;
        }
        for (final int count : counts)
        {
            assertTrue(count > 9_000, Arrays.toString(counts));
        }
    }
}
