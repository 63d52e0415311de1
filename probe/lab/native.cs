using System;
using System.Collections.Generic;
using System.IO;
using System.Net;
using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace ProbeNative
{
    public sealed class Answer
    {
        public string[] SslPolicyErrors;
        public string[] ChainStatus;
        public string WebExceptionStatus;
        public string Text;
        public int HttpStatus;
    }

    public sealed class Question
    {
        private const string ServerAuthentication = "1.3.6.1.5.5.7.3.1";
        private readonly X509Certificate2Collection extra = new X509Certificate2Collection();
        private readonly HashSet<string> trusted = new HashSet<string>();
        private readonly Answer answer = new Answer();

        private Question(string[] roots, string[] intermediates)
        {
            foreach (string encoded in roots)
            {
                X509Certificate2 root = new X509Certificate2(Convert.FromBase64String(encoded));
                extra.Add(root);
                trusted.Add(root.Thumbprint);
            }
            foreach (string encoded in intermediates)
            {
                extra.Add(new X509Certificate2(Convert.FromBase64String(encoded)));
            }
        }

        public static Answer Ask(string url, string host, string[] roots, string[] intermediates, int milliseconds)
        {
            Question question = new Question(roots ?? new string[0], intermediates ?? new string[0]);
            question.Call(url, host, milliseconds);
            return question.answer;
        }

        private void Call(string url, string host, int milliseconds)
        {
            ServicePointManager.SecurityProtocol = (SecurityProtocolType)3072;
            ServicePointManager.Expect100Continue = false;
            HttpWebRequest request = (HttpWebRequest)WebRequest.Create(url);
            request.Host = host;
            request.Method = "POST";
            request.ContentType = "text/xml; charset=utf-8";
            request.UserAgent = "ASProxy/CrossForest/EmailDomain//15.01";
            request.AllowAutoRedirect = false;
            request.KeepAlive = false;
            request.Proxy = null;
            request.Timeout = milliseconds;
            request.ReadWriteTimeout = milliseconds;
            request.ConnectionGroupName = Guid.NewGuid().ToString();
            request.ServerCertificateValidationCallback = Validate;
            byte[] body = Encoding.UTF8.GetBytes(
                "<s:Envelope xmlns:s=\"http://schemas.xmlsoap.org/soap/envelope/\"><s:Body/></s:Envelope>");
            try
            {
                using (Stream stream = request.GetRequestStream())
                {
                    stream.Write(body, 0, body.Length);
                }
                using (HttpWebResponse response = (HttpWebResponse)request.GetResponse())
                {
                    Read(response);
                }
            }
            catch (WebException failure)
            {
                HttpWebResponse response = failure.Response as HttpWebResponse;
                if (failure.Status == System.Net.WebExceptionStatus.ProtocolError && response != null)
                {
                    answer.HttpStatus = (int)response.StatusCode;
                    response.Close();
                    return;
                }
                answer.WebExceptionStatus = failure.Status.ToString();
                answer.Text = Described(failure);
            }
            catch (Exception failure)
            {
                answer.Text = Described(failure);
            }
        }

        private void Read(HttpWebResponse response)
        {
            answer.HttpStatus = (int)response.StatusCode;
            using (Stream stream = response.GetResponseStream())
            {
                byte[] buffer = new byte[4096];
                for (int count = 0; count < 256 && stream.Read(buffer, 0, buffer.Length) > 0; count++)
                {
                }
            }
        }

        private static string Described(Exception failure)
        {
            List<string> parts = new List<string>();
            for (Exception each = failure; each != null; each = each.InnerException)
            {
                parts.Add(each.GetType().FullName + ": " + each.Message);
            }
            return string.Join(" ---> ", parts.ToArray());
        }

        private bool Validate(
            object sender, X509Certificate certificate, X509Chain presented, SslPolicyErrors errors)
        {
            X509ChainStatusFlags flags = Flags(certificate, presented);
            SslPolicyErrors adjusted = errors & ~System.Net.Security.SslPolicyErrors.RemoteCertificateChainErrors;
            if (flags != X509ChainStatusFlags.NoError)
            {
                adjusted |= System.Net.Security.SslPolicyErrors.RemoteCertificateChainErrors;
            }
            answer.SslPolicyErrors = Names(adjusted.ToString());
            answer.ChainStatus = Names(flags.ToString());
            return adjusted == System.Net.Security.SslPolicyErrors.None;
        }

        private X509ChainStatusFlags Flags(X509Certificate certificate, X509Chain presented)
        {
            if (certificate == null)
            {
                return X509ChainStatusFlags.NoError;
            }
            X509Chain chain = new X509Chain();
            chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
            chain.ChainPolicy.ApplicationPolicy.Add(new Oid(ServerAuthentication));
            chain.ChainPolicy.ExtraStore.AddRange(extra);
            if (presented != null)
            {
                chain.ChainPolicy.ExtraStore.AddRange(presented.ChainPolicy.ExtraStore);
                foreach (X509ChainElement element in presented.ChainElements)
                {
                    chain.ChainPolicy.ExtraStore.Add(element.Certificate);
                }
            }
            chain.Build(new X509Certificate2(certificate));
            X509ChainStatusFlags flags = X509ChainStatusFlags.NoError;
            foreach (X509ChainStatus status in chain.ChainStatus)
            {
                flags |= status.Status;
            }
            int last = chain.ChainElements.Count - 1;
            if (last >= 0 && trusted.Contains(chain.ChainElements[last].Certificate.Thumbprint))
            {
                flags &= ~X509ChainStatusFlags.UntrustedRoot;
            }
            return flags;
        }

        private static string[] Names(string flags)
        {
            if (flags == "None" || flags == "NoError")
            {
                return new string[0];
            }
            return flags.Split(new[] { ", " }, StringSplitOptions.RemoveEmptyEntries);
        }
    }
}
