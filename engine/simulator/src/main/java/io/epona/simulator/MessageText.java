package io.epona.simulator;

import io.epona.codecs.replication.AppendBatchesDecoder;
import io.epona.codecs.replication.FollowerStateDecoder;
import io.epona.codecs.replication.LeaderProgressDecoder;
import io.epona.codecs.replication.LogInfoDecoder;
import io.epona.codecs.replication.LogInfoQueryDecoder;
import io.epona.codecs.replication.MessageHeaderDecoder;
import io.epona.codecs.replication.ReplicaAcksDecoder;
import io.epona.codecs.replication.StateHintDecoder;
import io.epona.codecs.replication.SyncReplyDecoder;
import org.agrona.DirectBuffer;

/**
 * Messages between brokers as text, for who reads a trace.
 */
final class MessageText
{
    private MessageText()
    {
    }

    /**
     * @param message whole, from its header on.
     * @return its name and its fields.
     */
    static String of(final DirectBuffer message)
    {
        final MessageHeaderDecoder header = new MessageHeaderDecoder().wrap(message, 0);
        final Object text = switch (header.templateId())
        {
            case FollowerStateDecoder.TEMPLATE_ID -> new FollowerStateDecoder().wrapAndApplyHeader(message, 0, header);
            case SyncReplyDecoder.TEMPLATE_ID -> new SyncReplyDecoder().wrapAndApplyHeader(message, 0, header);
            case AppendBatchesDecoder.TEMPLATE_ID -> new AppendBatchesDecoder().wrapAndApplyHeader(message, 0, header);
            case ReplicaAcksDecoder.TEMPLATE_ID -> new ReplicaAcksDecoder().wrapAndApplyHeader(message, 0, header);
            case LeaderProgressDecoder.TEMPLATE_ID ->
                new LeaderProgressDecoder().wrapAndApplyHeader(message, 0, header);
            case StateHintDecoder.TEMPLATE_ID -> new StateHintDecoder().wrapAndApplyHeader(message, 0, header);
            case LogInfoQueryDecoder.TEMPLATE_ID -> new LogInfoQueryDecoder().wrapAndApplyHeader(message, 0, header);
            case LogInfoDecoder.TEMPLATE_ID -> new LogInfoDecoder().wrapAndApplyHeader(message, 0, header);
            default -> "message " + header.templateId();
        };

        return text + ", " + message.capacity() + " bytes";
    }

    /**
     * @param message whole, from its header on.
     * @return its name.
     */
    static String name(final DirectBuffer message)
    {
        return switch (new MessageHeaderDecoder().wrap(message, 0).templateId())
        {
            case FollowerStateDecoder.TEMPLATE_ID -> "FollowerState";
            case SyncReplyDecoder.TEMPLATE_ID -> "SyncReply";
            case AppendBatchesDecoder.TEMPLATE_ID -> "AppendBatches";
            case ReplicaAcksDecoder.TEMPLATE_ID -> "ReplicaAcks";
            case LeaderProgressDecoder.TEMPLATE_ID -> "LeaderProgress";
            case StateHintDecoder.TEMPLATE_ID -> "StateHint";
            case LogInfoQueryDecoder.TEMPLATE_ID -> "LogInfoQuery";
            case LogInfoDecoder.TEMPLATE_ID -> "LogInfo";
            default -> "message";
        };
    }
}
