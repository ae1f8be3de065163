package io.epona.broker;

import io.epona.codecs.client.AttachDecoder;
import io.epona.codecs.client.CloseDecoder;
import io.epona.codecs.client.ConnectDecoder;
import io.epona.codecs.client.CreateTopicDecoder;
import io.epona.codecs.client.DeleteTopicDecoder;
import io.epona.codecs.client.DescribeTopicDecoder;
import io.epona.codecs.client.InitProducerIdDecoder;
import io.epona.codecs.client.KeepAliveDecoder;
import io.epona.codecs.client.ListOffsetsDecoder;
import io.epona.codecs.client.MessageHeaderDecoder;
import io.epona.codecs.client.MetadataRequestDecoder;
import io.epona.codecs.client.PauseDecoder;
import io.epona.codecs.client.ProduceDecoder;
import io.epona.codecs.client.SubscribeDecoder;
import io.epona.codecs.client.UnsubscribeDecoder;
import org.agrona.DirectBuffer;

import java.util.Arrays;

import static java.nio.ByteOrder.LITTLE_ENDIAN;

/**
 * Decides whether bytes begin with a message header that this broker understands, before anything is decoded. Pure
 * functions; any thread.
 */
final class MessageGate
{
    static final int HEADER_LENGTH = MessageHeaderDecoder.ENCODED_LENGTH;
    private static final Violation[] VIOLATIONS = Violation.values();
    private static final int[] BLOCK_LENGTHS = new int[128];

    static
    {
        Arrays.fill(BLOCK_LENGTHS, -1);
        BLOCK_LENGTHS[ConnectDecoder.TEMPLATE_ID] = ConnectDecoder.BLOCK_LENGTH;
        BLOCK_LENGTHS[AttachDecoder.TEMPLATE_ID] = AttachDecoder.BLOCK_LENGTH;
        BLOCK_LENGTHS[KeepAliveDecoder.TEMPLATE_ID] = KeepAliveDecoder.BLOCK_LENGTH;
        BLOCK_LENGTHS[CloseDecoder.TEMPLATE_ID] = CloseDecoder.BLOCK_LENGTH;
        BLOCK_LENGTHS[ProduceDecoder.TEMPLATE_ID] = ProduceDecoder.BLOCK_LENGTH;
        BLOCK_LENGTHS[InitProducerIdDecoder.TEMPLATE_ID] = InitProducerIdDecoder.BLOCK_LENGTH;
        BLOCK_LENGTHS[SubscribeDecoder.TEMPLATE_ID] = SubscribeDecoder.BLOCK_LENGTH;
        BLOCK_LENGTHS[PauseDecoder.TEMPLATE_ID] = PauseDecoder.BLOCK_LENGTH;
        BLOCK_LENGTHS[UnsubscribeDecoder.TEMPLATE_ID] = UnsubscribeDecoder.BLOCK_LENGTH;
        BLOCK_LENGTHS[ListOffsetsDecoder.TEMPLATE_ID] = ListOffsetsDecoder.BLOCK_LENGTH;
        BLOCK_LENGTHS[MetadataRequestDecoder.TEMPLATE_ID] = MetadataRequestDecoder.BLOCK_LENGTH;
        BLOCK_LENGTHS[CreateTopicDecoder.TEMPLATE_ID] = CreateTopicDecoder.BLOCK_LENGTH;
        BLOCK_LENGTHS[DeleteTopicDecoder.TEMPLATE_ID] = DeleteTopicDecoder.BLOCK_LENGTH;
        BLOCK_LENGTHS[DescribeTopicDecoder.TEMPLATE_ID] = DescribeTopicDecoder.BLOCK_LENGTH;
    }

    private MessageGate()
    {
    }

    /**
     * Check the header and that the block is there.
     *
     * @param buffer holding the message.
     * @param index  of the message.
     * @param length of the message.
     * @return the template id of a request; else a negative number, of which {@link #violation(int)} knows the meaning.
     */
    static int check(final DirectBuffer buffer, final int index, final int length)
    {
        if (length < HEADER_LENGTH)
        {
            return refuse(Violation.LENGTH);
        }

        final int blockLength = buffer.getShort(index, LITTLE_ENDIAN) & 0xFFFF;
        final int templateId = buffer.getShort(index + 2, LITTLE_ENDIAN) & 0xFFFF;
        final int schemaId = buffer.getShort(index + 4, LITTLE_ENDIAN) & 0xFFFF;
        final int version = buffer.getShort(index + 6, LITTLE_ENDIAN) & 0xFFFF;
        if (MessageHeaderDecoder.SCHEMA_ID != schemaId)
        {
            return refuse(Violation.SCHEMA);
        }
        if (MessageHeaderDecoder.SCHEMA_VERSION != version)
        {
            return refuse(Violation.VERSION);
        }
        if (templateId >= BLOCK_LENGTHS.length || BLOCK_LENGTHS[templateId] < 0)
        {
            return refuse(Violation.TEMPLATE);
        }
        if (BLOCK_LENGTHS[templateId] != blockLength)
        {
            return refuse(Violation.BLOCK);
        }
        return length < HEADER_LENGTH + blockLength ? refuse(Violation.LENGTH) : templateId;
    }

    private static int refuse(final Violation violation)
    {
        return -1 - violation.ordinal();
    }

    static Violation violation(final int refusal)
    {
        return VIOLATIONS[-1 - refusal];
    }
}
