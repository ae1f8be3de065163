package io.epona.client;

import io.epona.codecs.ResultCode;
import io.epona.codecs.client.MetadataEncoder;
import io.epona.transport.ScriptedServer;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** Whatever a broker answers, a caller gets a result or an EponaException, and the next exchange works. */
class AdminCodecFuzzTest
{
    private static final int ROUNDS = 3000;
    /** Header, and the correlation id: without them nobody takes the answer, and the caller would wait in vain. */
    private static final int PREFIX = 16;

    private final Random random = new Random(20_240_702);
    private final ScriptedServer server = new ScriptedServer("fuzz");
    private EponaClient client;

    @BeforeEach
    void connect()
    {
        client = EponaClient.connect(new EponaClient.Context()
            .uri(server.uri())
            .invoked(true)
            .requestTimeoutNs(TimeUnit.SECONDS.toNanos(2))
            .connectTimeoutNs(TimeUnit.SECONDS.toNanos(20))
            .brokerInvoker(server::poll));
        client.admin().createTopic("one", 3, Map.of("segment.bytes", "1m", "retention.bytes", "2m"));
        client.admin().createTopic("two", 1);
    }

    @AfterEach
    void close()
    {
        client.close();
        server.close();
    }

    private byte[] flip(final byte[] answer)
    {
        for (int i = 1 + random.nextInt(4); i > 0; i--)
        {
            answer[PREFIX + random.nextInt(answer.length - PREFIX)] = (byte)random.nextInt();
        }
        if (0 == random.nextInt(4))
        {
            // a block that does not hold the correlation id, or is longer than its message, is dropped before
            answer[0] = (byte)(8 + random.nextInt(Math.min(200, answer.length - PREFIX)));
        }
        return answer;
    }

    private byte[] cut(final byte[] answer)
    {
        final int least = 8 + (answer[0] & 0xFF);
        return Arrays.copyOf(answer, least + random.nextInt(answer.length - least));
    }

    private byte[] extend(final byte[] answer)
    {
        final byte[] longer = Arrays.copyOf(answer, answer.length + random.nextInt(2000));
        for (int i = PREFIX + random.nextInt(longer.length - PREFIX); i < longer.length; i++)
        {
            longer[i] = (byte)random.nextInt();
        }
        return longer;
    }

    private void ask(final int what)
    {
        switch (what)
        {
            case 0 -> assertTrue(client.admin().listTopics().size() < 65_536);
            case 1 -> assertTrue(client.admin().describeTopic("one").partitions().size() < 65_536);
            case 2 -> assertEquals("three", client.admin().createTopic("three", 1).name());
            default -> client.admin().deleteTopic("three");
        }
    }

    @Test
    void shouldSurviveEveryAnswer()
    {
        int failures = 0;
        for (int i = 0; i < ROUNDS; i++)
        {
            final int kind = i % 3;
            server.mangle(answer -> 0 == kind ? flip(answer) : 1 == kind ? cut(answer) : extend(answer));
            try
            {
                ask(random.nextInt(4));
            }
            catch (final EponaException ex)
            {
                failures++;
                assertTrue(null != ex.code() && null != ex.getMessage());
            }
        }
        assertTrue(failures > ROUNDS / 3, "only " + failures + " answers were refused");
        server.mangle(null);
        assertTrue(client.admin().listTopics().size() >= 2);
        assertEquals(3, client.admin().describeTopic("one").partitions().size());
    }

    @Test
    void shouldRefuseCountsOfElementsWithoutLength()
    {
        // brokers none, one topic with as many partitions without a length as fit, each with as many replicas
        server.mangle(answer ->
        {
            final byte[] bytes = new byte[30_000];
            System.arraycopy(answer, 0, bytes, 0, PREFIX);
            final UnsafeBuffer buffer = new UnsafeBuffer(bytes);
            int index = 8 + MetadataEncoder.BLOCK_LENGTH;
            index = dimensions(buffer, index, MetadataEncoder.BrokersEncoder.sbeBlockLength(), 0);
            index = dimensions(buffer, index, MetadataEncoder.TopicsEncoder.sbeBlockLength(), 1);
            index += MetadataEncoder.TopicsEncoder.sbeBlockLength();
            index = dimensions(buffer, index, 0, 7_000);
            while (index < bytes.length - 4)
            {
                index = dimensions(buffer, index, 0, 65_534);
            }
            return bytes;
        });
        final EponaException ex =
            org.junit.jupiter.api.Assertions.assertThrows(EponaException.class, () -> client.admin().listTopics());
        assertEquals(ResultCode.INTERNAL, ex.code());
        assertTrue(ex.getMessage().contains("made no sense"), ex.getMessage());
    }

    private static int dimensions(final UnsafeBuffer buffer, final int index, final int blockLength, final int count)
    {
        buffer.putShort(index, (short)blockLength, ByteOrder.LITTLE_ENDIAN);
        buffer.putShort(index + 2, (short)count, ByteOrder.LITTLE_ENDIAN);
        return index + 4;
    }
}
