/**
 * Authorization tokens of Amazon ECR and ECR Public, made with the AWS SDK. Owns everything that
 * knows the SDK; each token is made with clients and credentials of its own, so that nothing the
 * SDK has read before outlives a change.
 */
@NullMarked
package dev.entrepot.credentials.aws;

import org.jspecify.annotations.NullMarked;
