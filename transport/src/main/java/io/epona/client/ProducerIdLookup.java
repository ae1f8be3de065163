package io.epona.client;

import io.epona.client.session.ProducerIds;
import io.epona.codecs.ResultCode;
import io.epona.codecs.client.InitProducerIdEncoder;
import io.epona.codecs.client.MessageHeaderDecoder;
import io.epona.codecs.client.MessageHeaderEncoder;
import io.epona.codecs.client.ProducerIdDecoder;
import io.epona.transport.ControlRequest;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * Asks brokers for a producer id without blocking, another one where one does not answer. Owned by the producer's
 * thread.
 */
final class ProducerIdLookup implements ProducerIds
{
    /** After which another broker is asked, where there is another one. */
    private static final long PATIENCE_NS = 500_000_000L;

    private final ClientRuntime client;
    private final Sink sink;
    private ControlRequest request;
    private int attempt;

    /** Told about answers. */
    interface Sink
    {
        void onProducerId(int code, long producerId, short producerEpoch, long nowNs);
    }

    ProducerIdLookup(final ClientRuntime client, final Sink sink)
    {
        this.client = client;
        this.sink = sink;
    }

    @Override
    public boolean request()
    {
        if (null != request)
        {
            return false;
        }
        final long correlationId = client.nextCorrelationId();
        final int length = MessageHeaderEncoder.ENCODED_LENGTH + InitProducerIdEncoder.BLOCK_LENGTH;
        final UnsafeBuffer message = new UnsafeBuffer(new byte[length]);
        new InitProducerIdEncoder().wrapAndApplyHeader(message, 0, new MessageHeaderEncoder())
            .token(0)
            .correlationId(correlationId);
        final long timeoutNs = client.requestTimeoutNs();
        final ControlRequest next = new ControlRequest(
            correlationId,
            message,
            length,
            client.nowNs() + (client.brokers().openCount() > 1 ? Math.min(PATIENCE_NS, timeoutNs) : timeoutNs));
        if (!client.submit(next, attempt))
        {
            return false;
        }
        request = next;
        return true;
    }

    /** One step; never blocks. */
    int poll(final long nowNs)
    {
        if (null == request || !request.isDone())
        {
            return 0;
        }
        final ControlRequest answered = request;
        request = null;
        if (0 != answered.code())
        {
            attempt++;
            sink.onProducerId(answered.code(), -1, (short)-1, nowNs);
            return 1;
        }
        final DirectBuffer response = answered.response();
        final MessageHeaderDecoder header = new MessageHeaderDecoder().wrap(response, 0);
        if (ProducerIdDecoder.TEMPLATE_ID != header.templateId() ||
            header.blockLength() < ProducerIdDecoder.BLOCK_LENGTH ||
            response.capacity() < MessageHeaderDecoder.ENCODED_LENGTH + ProducerIdDecoder.BLOCK_LENGTH)
        {
            // a refusal, or nonsense: of another broker, later
            attempt++;
            sink.onProducerId(ResultCode.INTERNAL.code(), -1, (short)-1, nowNs);
            return 1;
        }
        final ProducerIdDecoder decoder = new ProducerIdDecoder().wrapAndApplyHeader(response, 0, header);
        sink.onProducerId(decoder.code(), decoder.producerId(), decoder.producerEpoch(), nowNs);
        return 1;
    }
}
